package datasets

import (
	"strconv"
	"strings"
)

// taggedSentences reads one word and its tag a line, sentences parted by empty lines. A file whose first word has no tag has
// none at all. cut parts a line into word and tag.
func taggedSentences(cut func(string) (word, tag string, ok bool)) reader {
	return func(t Task, s source, rep *Report) ([]Example, error) {
		var examples []Example
		var current Example
		first, labelled := true, false
		end := func() {
			if len(current.Words) > 0 {
				current.ID = strconv.Itoa(len(examples) + 1)
				examples = append(examples, current)
			}
			current = Example{}
		}
		err := eachLine(s.path, rep, func(line int, text string) error {
			if strings.TrimSpace(text) == "" {
				if len(current.Words) == 0 {
					rep.left(s.path, line, "empty line that ends no sentence")
				}
				end()
				return nil
			}
			word, tag, ok := cut(text)
			if first {
				first, labelled = false, ok
			}
			if ok != labelled {
				return fail(s.path, line, "line %q: expected a word %s, as in the lines before", text, withTag(labelled))
			}
			if strings.TrimSpace(word) == "" {
				rep.kept(s.path, line, "empty word")
			}
			if len(current.Words) == 0 {
				current.File, current.Line = s.path, line
			}
			current.Words = append(current.Words, word)
			if labelled {
				tag, err := t.checkLabel(s.path, line, tag, rep)
				if err != nil {
					return err
				}
				current.Tags = append(current.Tags, tag)
			}
			return nil
		})
		if err == nil {
			end()
		}
		return examples, err
	}
}

// wordTabTag cuts at the last tab; words may contain spaces ("1 000").
func wordTabTag(line string) (word, tag string, ok bool) { return cutLast(line, "\t") }

// wordSpaceTag cuts at the last space or tab.
func wordSpaceTag(line string) (word, tag string, ok bool) { return cutLast(line, " \t") }

func cutLast(line, separators string) (before, after string, ok bool) {
	i := strings.LastIndexAny(line, separators)
	if i < 0 {
		return line, "", false
	}
	return line[:i], strings.TrimSpace(line[i+1:]), true
}

func withTag(labelled bool) string {
	if labelled {
		return "and its tag"
	}
	return "without a tag"
}
