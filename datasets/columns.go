package datasets

import (
	"maps"
	"slices"
	"strings"
)

// columnRow is a line of a file in columns.
type columnRow struct {
	line    int
	text    string
	columns []string // nil where the line ends a sentence: it is empty, or parts documents
}

func (r columnRow) last() string { return r.columns[len(r.columns)-1] }

// documentMark is the word of the lines with which CoNLL parts documents.
const documentMark = "-DOCSTART-"

func (r columnRow) isDocumentMark() bool {
	first, _, _ := strings.Cut(strings.ReplaceAll(r.text, "\t", " "), " ")
	return first == documentMark
}

// columnRows cuts a file's lines at tabs where any has one, which words with spaces are safe from,
// else at spaces. Comments, such as "# sent_id = 3" before a sentence, are no rows.
func (t Task) columnRows(path string, diag *Diagnostics) (rows []columnRow, tabs bool, err error) {
	var all []columnRow
	err = eachLine(path, diag, func(line int, text string) error {
		if strings.Contains(text, "\r") {
			return fail(path, line, "a carriage return inside the line: lines end in LF or CR LF")
		}
		all = append(all, columnRow{line: line, text: text})
		tabs = tabs || strings.Contains(text, "\t") && !strings.HasPrefix(text, "#")
		return nil
	})
	tags := slices.Clone(t.Labels) // and those of the rows that are no comments for sure
	for i := range all {
		row := &all[i]
		if strings.TrimSpace(row.text) != "" && !row.isDocumentMark() {
			row.columns = cutColumns(row.text, tabs)
			if row.text[0] != '#' && !slices.Contains(tags, row.last()) {
				tags = append(tags, row.last())
			}
		}
	}
	inSentence := false
	for _, row := range all {
		if !inSentence && isComment(row, tags, tabs) {
			continue
		}
		inSentence = row.columns != nil
		rows = append(rows, row)
	}
	return rows, tabs, err
}

func cutColumns(text string, tabs bool) []string {
	if !tabs {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' })
	}
	columns := strings.Split(strings.TrimRight(text, "\t "), "\t")
	columns[len(columns)-1] = strings.TrimSpace(columns[len(columns)-1])
	return columns
}

// isComment tells "# id 3" from the words # and #1, whose last column is a tag.
func isComment(row columnRow, tags []string, tabs bool) bool {
	switch {
	case !strings.HasPrefix(row.text, "#") || len(strings.Fields(row.text)) == 1:
		return false
	case tabs && len(row.columns) > 1:
		return strings.Contains(row.columns[0], " ")
	}
	return !slices.Contains(tags, row.last())
}

// usualColumns is how many columns most rows have: of numbers that are as frequent two, a word and
// its tag, else the fewer.
func usualColumns(rows []columnRow) (usual int) {
	count := map[int]int{}
	for _, row := range rows {
		if n := len(row.columns); n > 0 {
			count[n]++
		}
	}
	usual = 2
	for _, n := range slices.Sorted(maps.Keys(count)) {
		if count[n] > count[usual] {
			usual = n
		}
	}
	return usual
}
