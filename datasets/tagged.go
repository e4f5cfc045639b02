package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xpt/internal/usererror"
)

// taggedSentences reads a word a line with its columns, as CoNLL's shared tasks and XTREME have
// them: the first column is the word and the last its tag; with one column there are no tags. Empty
// lines part sentences, documentMark documents.
func taggedSentences(t Task, s source, diag *Diagnostics) ([]Example, error) {
	rows, tabs, err := t.columnRows(s.path, diag)
	if err != nil {
		return nil, err
	}
	columns := usualColumns(rows)
	if err := checkFirstColumn(s.path, rows, columns); err != nil {
		return nil, err
	}
	var examples []Example
	var current Example
	end := func() error {
		if len(current.Words) > 0 && !diag.withheld(current) {
			current.ID = strconv.Itoa(len(examples) + 1)
			examples = append(examples, current)
		}
		err := CheckSentence(current.Words)
		if err != nil {
			err = fail(current.File, current.Line, "%v", err)
		}
		current = Example{}
		return err
	}
	for i, row := range rows {
		if row.columns == nil {
			if len(current.Words) == 0 && !row.isDocumentMark() && !(i > 0 && rows[i-1].isDocumentMark()) {
				diag.left(s.path, row.line, "empty line that ends no sentence")
			}
			if err := end(); err != nil {
				return examples, err
			}
			continue
		}
		word, tag, err := t.wordAndTag(s.path, row, columns, tabs, diag)
		if err != nil {
			return examples, err
		}
		if strings.TrimSpace(word) == "" {
			diag.kept(s.path, row.line, "empty word")
		}
		if len(current.Words) == 0 {
			current.File, current.Line = s.path, row.line
		}
		current.Words = append(current.Words, word)
		if columns > 1 {
			if tag, err = t.checkLabel(s.path, row.line, tag, diag); err != nil {
				return examples, err
			}
			current.Tags = append(current.Tags, tag)
		}
	}
	return examples, end()
}

// MaxWords is how many words a tagged sentence may have: as many as a row may have tokens.
const MaxWords = 16384

// CheckSentence refuses a sentence of more than MaxWords, which most often is a text without the
// empty lines that part its sentences.
func CheckSentence(words []string) error {
	if n := len(words); n > MaxWords {
		return usererror.Errorf("a sentence of %d words: it may have %d, part it", n, MaxWords)
	}
	return nil
}

// wordAndTag takes a row of a file whose rows have so many columns. In a file without tabs a word
// may hold spaces (1 000); more columns than two would be taken for one.
func (t Task) wordAndTag(path string, row columnRow, columns int, tabs bool, diag *Diagnostics) (word, tag string, err error) {
	switch n := len(row.columns); {
	case n == columns:
		return row.columns[0], row.last(), nil
	case columns == 1 && !tabs && t.LabelIndex(row.last()) < 0 && t.Labels != nil:
		return row.text, "", nil
	case columns == 2 && n > 2 && !tabs:
		text := strings.TrimRight(row.text, " \t")
		word = strings.TrimSpace(text[:len(text)-len(row.last())])
		diag.kept(path, row.line, fmt.Sprintf("word %q with spaces", word))
		return word, row.last(), nil
	case columns == 1:
		return "", "", fail(path, row.line, "line %q: expected a word without a tag, as in most lines", row.text)
	case n == 1:
		return "", "", fail(path, row.line, "line %q: expected a word and its tag, as in most lines", row.text)
	default:
		return "", "", fail(path, row.line, "line %q: %d columns: expected %d, as in most lines", row.text, n, columns)
	}
}

// withheldWord stands for each word of a treebank whose text may not be published with it.
const withheldWord = "_"

// withheld tells, and reports, a sentence of which there are no words.
func (r *Diagnostics) withheld(x Example) bool {
	if slices.ContainsFunc(x.Words, func(word string) bool { return word != withheldWord }) {
		return false
	}
	r.left(x.File, x.Line, "sentence without its text: every word is "+withheldWord)
	return true
}
