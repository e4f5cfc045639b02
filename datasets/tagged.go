package datasets

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xpt/internal/usererror"
)

// taggedSentences reads a word on each line in columns, as in CoNLL's shared tasks and XTREME: the first column is the
// word, the last its tag; with one column there are no tags. An empty line ends a sentence, documentMark a document.
func taggedSentences(t Task, s source, diag *Diagnostics) ([]Example, error) {
	rows, tabs, err := t.columnRows(s.path, diag)
	if err != nil {
		return nil, err
	}
	columns := usualColumns(rows)
	if err := checkFirstColumn(s.path, rows, columns); err != nil {
		return nil, err
	}
	sentences := sentenceList{diag: diag}
	for i, row := range rows {
		if row.columns == nil {
			if len(sentences.current.Words) == 0 && !row.isDocumentMark() && !(i > 0 && rows[i-1].isDocumentMark()) {
				diag.left(s.path, row.line, "empty line that ends no sentence")
			}
			if err := sentences.end(); err != nil {
				return sentences.examples, err
			}
			continue
		}
		word, tag, err := t.wordAndTag(s.path, row, columns, tabs, diag)
		if err != nil {
			return sentences.examples, err
		}
		if strings.TrimSpace(word) == "" {
			diag.kept(s.path, row.line, "empty word")
		}
		sentences.add(s.path, row.line, word)
		if columns > 1 {
			if tag, err = t.checkLabel(s.path, row.line, tag, diag); err != nil {
				return sentences.examples, err
			}
			sentences.current.Tags = append(sentences.current.Tags, tag)
		}
	}
	err = sentences.end()
	return sentences.examples, err
}

// sentenceList collects the tagged sentences of a file.
type sentenceList struct {
	diag     *Diagnostics
	examples []Example
	current  Example // not ended yet
}

func (s *sentenceList) add(path string, line int, word string) {
	if len(s.current.Words) == 0 {
		s.current.File, s.current.Line = path, line
	}
	s.current.Words = append(s.current.Words, word)
}

// end ends the current sentence. It leaves out one without words, or without its text.
func (s *sentenceList) end() (err error) {
	x := s.current
	s.current = Example{}
	if len(x.Words) > 0 && !s.diag.withheld(x) {
		x.ID = cmp.Or(x.ID, strconv.Itoa(len(s.examples)+1))
		s.examples = append(s.examples, x)
	}
	if err := CheckSentence(x.Words); err != nil {
		return fail(x.File, x.Line, "%v", err)
	}
	return nil
}

// MaxWords limits the words of a tagged sentence to the tokens that a row may have.
const MaxWords = 16384

// CheckSentence refuses a sentence of more than MaxWords, most often a file without empty lines between sentences.
func CheckSentence(words []string) error {
	if n := len(words); n > MaxWords {
		return usererror.Errorf("a sentence of %d words: it may have %d, part it", n, MaxWords)
	}
	return nil
}

// wordAndTag splits a row of a file whose rows usually have columns columns. In a file of two columns without tabs, a row
// with more has a word with spaces (1 000).
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

// withheldWord replaces each word of a treebank whose text has no licence for publication.
const withheldWord = "_"

// withheld reports a sentence without its text and returns true for it.
func (d *Diagnostics) withheld(x Example) bool {
	if slices.ContainsFunc(x.Words, func(word string) bool { return word != withheldWord }) {
		return false
	}
	d.left(x.File, x.Line, "sentence without its text: every word is "+withheldWord)
	return true
}
