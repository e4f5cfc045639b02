package datasets

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// record is a row of a file with named columns. A value is a string, an int64, nil, or a list of them.
type record struct {
	path   string
	line   int // or row, in files without lines
	values map[string]any
	names  map[string][]string // by column, the file's names of numbered labels
	header bool                // the file's first line names the columns
}

// columns are the publishers' names of an example's parts, by priority.
type columns struct {
	id, text, pair, label []string
	words, tags           []string
	choices               []string // all of them
}

// numbers are the published names of numbered labels, by column: sources may number the same labels differently.
type numbers map[string][]string

// recordReader turns a file into records and calls do with each.
type recordReader func(path string, diag *Diagnostics, do func(record) error) error

// examplesOf reads the examples of a file with named columns.
func examplesOf(read recordReader) reader {
	return func(t Task, s source, diag *Diagnostics) ([]Example, error) {
		var examples []Example
		err := read(s.path, diag, func(r record) error {
			if t.layouts[s.layout].languages != nil && r.values["language"] != s.config {
				return nil
			}
			e, skip, err := t.example(r, diag)
			if err != nil || skip {
				return err
			}
			if len(examples) > 0 && e.labelled() != examples[0].labelled() {
				return fail(r.path, r.line, "this row and that of line %d: one has a label, the other has none: label all rows of a file, or none", examples[0].Line)
			}
			if e.ID == "" {
				e.ID = strconv.Itoa(len(examples) + 1)
			}
			examples = append(examples, e)
			return nil
		})
		return examples, err
	}
}

// example makes an example of a record, or reports the row and skips it.
func (t Task) example(r record, diag *Diagnostics) (e Example, skip bool, err error) {
	e = Example{File: r.path, Line: r.line}
	e.ID, _ = plainText(r.values[r.column(t.columns.id)])
	if t.TagsWords() {
		return t.taggedExample(e, r, diag)
	}
	if e.Text, err = r.text(t.columns.text, "text"); err != nil {
		return e, false, err
	}
	if t.Pair || r.column(t.columns.pair) != "" {
		if e.Pair, err = r.text(t.columns.pair, "second text"); err != nil {
			return e, false, err
		}
	}
	for _, name := range t.columns.choices {
		choice, err := r.text([]string{name}, "choice")
		if err != nil {
			return e, false, err
		}
		e.Choices = append(e.Choices, choice)
	}
	noteMissingText(diag, e, t.Pair)
	column := r.column(t.columns.label)
	if column == "" {
		return e, false, nil
	}
	e.Label, err = t.labelName(r, column, r.values[column])
	switch {
	case err != nil:
		return e, false, err
	case e.Label == unlabelled:
		diag.left(r.path, r.line, "row without a label: left out")
		return e, true, nil
	}
	e.Label, err = t.checkLabel(r.path, r.line, e.Label, diag)
	return e, false, err
}

// unlabelled is the label of an example whose annotators did not agree; -1 in Hugging Face's numbers.
const unlabelled = "-"

func (t Task) taggedExample(e Example, r record, diag *Diagnostics) (Example, bool, error) {
	words, err := r.list(t.columns.words, "words")
	if err != nil {
		return e, false, err
	}
	if len(words) == 0 {
		diag.left(r.path, r.line, "sentence without words")
		return e, true, nil
	}
	column := r.column(t.columns.tags)
	var tags []any
	if column != "" {
		if tags, err = r.list(t.columns.tags, "tags"); err != nil {
			return e, false, err
		}
		if len(tags) != len(words) {
			return e, false, fail(r.path, r.line, "%d words and %d tags: expected one tag a word", len(words), len(tags))
		}
	}
	for i, w := range words {
		word, ok := plainText(w)
		if !ok {
			return e, false, fail(r.path, r.line, "word %d is %s: expected a text", i+1, kindOf(w))
		}
		if column != "" {
			tag, err := t.labelName(r, column, tags[i])
			if err != nil {
				return e, false, err
			}
			if tag == "_" && len(t.Labels) > 0 { // a multi-word token, followed by its words
				diag.left(r.path, r.line, fmt.Sprintf("multi-word token %q", word))
				continue
			}
			if tag, err = t.checkLabel(r.path, r.line, tag, diag); err != nil {
				return e, false, err
			}
			e.Tags = append(e.Tags, tag)
		}
		if strings.TrimSpace(word) == "" {
			diag.kept(r.path, r.line, "empty word")
		}
		e.Words = append(e.Words, word)
	}
	if len(e.Words) == 1 && e.Words[0] == documentMark {
		diag.left(r.path, r.line, documentMark+", which parts documents")
		return e, true, nil
	}
	if err := CheckSentence(e.Words); err != nil {
		return e, false, fail(r.path, r.line, "%v", err)
	}
	return e, len(e.Words) == 0 || diag.withheld(e), nil
}

// labelName maps a number to its name, by the file's names, else by the publisher's names for that column.
func (t Task) labelName(r record, column string, value any) (string, error) {
	n, ok := value.(int64)
	if !ok {
		label, ok := value.(string)
		if !ok {
			return "", fail(r.path, r.line, "label in column %s is %s: expected a name or a number", column, kindOf(value))
		}
		return strings.TrimSpace(label), nil
	}
	if n == -1 {
		return unlabelled, nil
	}
	names := r.names[column]
	if names == nil {
		names = t.numbers[column]
	}
	if names == nil && t.numbers == nil { // the user's own data: the number is the name
		return strconv.FormatInt(n, 10), nil
	}
	if n < 0 || n >= int64(len(names)) {
		return "", fail(r.path, r.line, "label %d in column %s: expected a number below %d", n, column, len(names))
	}
	return names[n], nil
}

// column returns the first of the names that the record has, or "". Where it has none as it is written, capitals do not
// matter: Text for text.
func (r record) column(names []string) string {
	for _, name := range names {
		if _, ok := r.values[name]; ok {
			return name
		}
	}
	for _, name := range names {
		for have := range r.values {
			if strings.EqualFold(have, name) {
				return have
			}
		}
	}
	return ""
}

func (r record) text(names []string, what string) (string, error) {
	name := r.column(names)
	if name == "" {
		return "", r.missing(names, what)
	}
	v := r.values[name]
	if v == nil {
		return "", nil
	}
	text, ok := plainText(v)
	if !ok {
		return "", fail(r.path, r.line, "column %s is %s: expected the %s", name, kindOf(v), what)
	}
	return text, nil
}

// plainText is a text, or the digits of a number.
func plainText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// kindOf names the type of a value that is neither a text nor a number.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	}
	return "an object"
}

func (r record) list(names []string, what string) ([]any, error) {
	name := r.column(names)
	if name == "" {
		return nil, r.missing(names, what)
	}
	list, ok := r.values[name].([]any)
	if !ok {
		return nil, fail(r.path, r.line, "column %s is not a list: expected the %s of a sentence", name, what)
	}
	return list, nil
}

func (r record) missing(names []string, what string) error {
	have := slices.Sorted(maps.Keys(r.values))
	mend := ""
	if r.header {
		mend = "; the first line names the columns"
	}
	return fail(r.path, r.line, "no column with the %s: expected %s, found %s%s", what, strings.Join(names, " or "), strings.Join(have, ", "), mend)
}
