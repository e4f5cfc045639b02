// Package texttable writes tables as plain text with aligned columns.
package texttable

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Write writes a title, unless it is empty, rows of one length in columns two spaces apart, and an
// empty line. Columns for which isText is true are aligned to the left, others to the right.
func Write(w io.Writer, title string, rows [][]string, isText func(column int) bool) error {
	var width []int
	for _, row := range rows {
		width = append(width, make([]int, max(0, len(row)-len(width)))...)
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	if title != "" {
		fmt.Fprintln(&b, title)
	}
	for _, row := range rows {
		cells := slices.Clone(row)
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if isText(i) {
				cells[i] = cell + pad
			} else {
				cells[i] = pad + cell
			}
		}
		fmt.Fprintln(&b, strings.TrimRight(strings.Join(cells, "  "), " "))
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}
