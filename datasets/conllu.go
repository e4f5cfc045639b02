package datasets

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// withheldTreebank tells whether every word of a file is [withheldWord]. It is false for a file that cannot be read,
// whose error the reader returns.
func withheldTreebank(path string) bool {
	words, text := 0, errors.New("a word with its text")
	err := eachLine(path, &Diagnostics{}, func(_ int, line string) error {
		fields := splitTabs(line)
		if len(fields) < 2 || strings.HasPrefix(line, "#") {
			return nil
		}
		if words++; fields[1] != withheldWord {
			return text
		}
		return nil
	})
	return err == nil && words > 0
}

// treebankSentences reads CoNLL-U and formats like it: numbered words in tab-separated columns, comments, an empty line
// after each sentence. Multi-word tokens (1-2) and empty nodes (1.1) are not words. tagColumn counts from 0.
func treebankSentences(tagColumn int) reader {
	return func(t Task, s source, diag *Diagnostics) ([]Example, error) {
		sentences := sentenceList{diag: diag}
		err := eachLine(s.path, diag, func(line int, text string) error {
			if strings.TrimSpace(text) == "" {
				return sentences.end()
			}
			if strings.HasPrefix(text, "#") {
				if id, ok := strings.CutPrefix(text, "# sent_id = "); ok {
					sentences.current.ID = strings.TrimSpace(id)
				}
				return nil
			}
			fields := splitTabs(text)
			if len(fields) <= tagColumn {
				return fail(s.path, line, "%d tab-separated columns: expected the tag in column %d", len(fields), tagColumn+1)
			}
			if strings.ContainsAny(fields[0], "-.") {
				return nil
			}
			number, err := strconv.Atoi(fields[0])
			if err != nil {
				return fail(s.path, line, "word number %q: expected a number, a range (1-2) or an empty node (1.1)", fields[0])
			}
			tag, err := t.checkLabel(s.path, line, fields[tagColumn], diag)
			if err != nil {
				return err
			}
			if want := len(sentences.current.Words) + 1; number != want {
				diag.kept(s.path, line, fmt.Sprintf("word %d of the sentence has the number %d: is the empty line between two sentences missing?", want, number))
			}
			if strings.TrimSpace(fields[1]) == "" {
				diag.kept(s.path, line, "empty word")
			}
			sentences.add(s.path, line, fields[1])
			sentences.current.Tags = append(sentences.current.Tags, tag)
			return nil
		})
		if err == nil {
			err = sentences.end()
		}
		return sentences.examples, err
	}
}
