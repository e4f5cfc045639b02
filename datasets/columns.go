package datasets

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// columnRow is a line of a file in columns.
type columnRow struct {
	line    int
	text    string
	columns []string // nil for a line that ends a sentence: an empty one, or a document mark
}

func (r columnRow) last() string { return r.columns[len(r.columns)-1] }

// documentMark is the word of CoNLL's lines between documents.
const documentMark = "-DOCSTART-"

// isDocumentMark tells a line between documents, also those of CoNLL-2012: "#begin document (name); part 000" and "#end
// document", which may follow a word without an empty line.
func (r columnRow) isDocumentMark() bool {
	first, _, _ := strings.Cut(strings.ReplaceAll(r.text, "\t", " "), " ")
	return first == documentMark || strings.HasPrefix(r.text, "#begin document ") || strings.TrimSpace(r.text) == "#end document"
}

// columnRows splits the lines of a file at tabs if any line has one, so that words may contain spaces, else at spaces. It
// leaves out comments, such as "# sent_id = 3" before a sentence.
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
	tags := slices.Clone(t.Labels) // and the tags of the rows that cannot be comments
	for i := range all {
		row := &all[i]
		if strings.TrimSpace(row.text) != "" && !row.isDocumentMark() {
			row.columns = cutColumns(row.text, tabs)
			if !row.begunByHash() && !slices.Contains(tags, row.last()) {
				tags = append(tags, row.last())
			}
		}
	}
	usual, inSentence := usualColumns(slices.DeleteFunc(slices.Clone(all), columnRow.begunByHash)), false
	for _, row := range all {
		// Within a sentence a row with the usual columns is a word, whatever its tag.
		if (!inSentence || len(row.columns) != usual) && isComment(row, tags, tabs) {
			if usual == 2 && len(row.columns) == 2 {
				diag.left(path, row.line, fmt.Sprintf("taken for a comment, since %q is the tag of no other row", row.last()))
			}
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

func (r columnRow) begunByHash() bool { return strings.HasPrefix(r.text, "#") }

// isComment tells "# id 3" from the words # and #1, whose last column is a tag.
func isComment(row columnRow, tags []string, tabs bool) bool {
	switch {
	case row.columns == nil || !row.begunByHash() || len(strings.Fields(row.text)) == 1:
		return false
	case tabs && len(row.columns) > 1:
		return strings.Contains(row.columns[0], " ")
	}
	return !slices.Contains(tags, row.last())
}

// checkFirstColumn refuses files of several columns in which the word is not the first: it counts the words of each sentence, as
// in CoNLL-X, CoNLL-U and GermEval, or is the same in all of a sentence, as the document's name is in CoNLL-2012.
func checkFirstColumn(path string, rows []columnRow, usual int) error {
	counts, names := true, true
	var longest []columnRow
	for _, sentence := range sentencesOf(rows) {
		first, next := sentence[0].columns[0], 1
		if first == "0" {
			next = 0
		}
		for _, row := range sentence {
			word := row.columns[0]
			names = names && word == first
			if strings.ContainsAny(word, "-.") && next > 0 && word[0] >= '0' && word[0] <= '9' {
				continue // 1-2 or 1.1 of CoNLL-U
			}
			counts = counts && word == strconv.Itoa(next)
			next++
		}
		if len(sentence) > len(longest) {
			longest = sentence
		}
	}
	switch {
	case usual < 3 || len(longest) < 3:
		return nil
	case counts:
		return fail(path, longest[0].line, "the first column counts the words, and is expected to be the word: cut the file to two columns, the word and its tag; files of CoNLL-U are read by task udpos")
	case names:
		return fail(path, longest[0].line, "the first column is %q for every word of the sentence, as in CoNLL-2012, and is expected to be the word: cut the file to two columns, the word and its tag", longest[0].columns[0])
	}
	return nil
}

// sentencesOf are the rows between those that end a sentence.
func sentencesOf(rows []columnRow) (sentences [][]columnRow) {
	for start, i := 0, 0; i <= len(rows); i++ {
		if i == len(rows) || rows[i].columns == nil {
			if i > start {
				sentences = append(sentences, rows[start:i])
			}
			start = i + 1
		}
	}
	return sentences
}

// usualColumns is the most frequent number of columns. In a tie it is two (a word and its tag), else the smallest.
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
