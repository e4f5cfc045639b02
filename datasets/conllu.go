package datasets

import (
	"strconv"
	"strings"
)

// treebankSentences reads files in the manner of CoNLL-U: numbered words in tab-separated columns, comments, sentences parted by
// empty lines. Multi-word tokens (1-2) and empty nodes (1.1) are not words. tagColumn counts from 0.
func treebankSentences(tagColumn int) reader {
	return func(t Task, s source, rep *Report) ([]Example, error) {
		var examples []Example
		var current Example
		end := func() {
			if len(current.Words) > 0 {
				if current.ID == "" {
					current.ID = strconv.Itoa(len(examples) + 1)
				}
				examples = append(examples, current)
			}
			current = Example{}
		}
		err := eachLine(s.path, rep, func(line int, text string) error {
			if strings.TrimSpace(text) == "" {
				end()
				return nil
			}
			if strings.HasPrefix(text, "#") {
				if id, ok := strings.CutPrefix(text, "# sent_id = "); ok {
					current.ID = strings.TrimSpace(id)
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
			if _, err := strconv.Atoi(fields[0]); err != nil {
				return fail(s.path, line, "word number %q: expected a number, a range (1-2) or an empty node (1.1)", fields[0])
			}
			tag, err := t.checkLabel(s.path, line, fields[tagColumn], rep)
			if err != nil {
				return err
			}
			if len(current.Words) == 0 {
				current.File, current.Line = s.path, line
			}
			current.Words = append(current.Words, fields[1])
			current.Tags = append(current.Tags, tag)
			return nil
		})
		if err == nil {
			end()
		}
		return examples, err
	}
}
