package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteText writes the main tables and the answers as a terminal shows them.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n\n", r.Title, r.summary())
	for _, t := range r.Tables {
		if t.topic == aboutScores && !t.detail || t.Name == "parity" || t.Name == "tiers" {
			t.text(&b)
		}
	}
	for _, a := range r.Answers {
		fmt.Fprintf(&b, "%s\n", a.Question)
		for i, s := range a.Sentences {
			if i > 0 {
				s = "- " + s
			}
			fmt.Fprintf(&b, "  %s\n", s)
		}
		b.WriteString("\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// text aligns words to the left and numbers to the right.
func (t *Table) text(b *bytes.Buffer) {
	fmt.Fprintln(b, t.Title)
	var head []Cell
	for _, c := range t.Columns {
		head = append(head, text(c.Name))
	}
	rows := slices.Concat([][]Cell{head}, t.Rows, t.Foot)
	width := make([]int, len(t.Columns))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c.Text))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c.Text))
			if i > 0 {
				line.WriteString("  ")
			}
			if t.Columns[i].Fields == nil {
				line.WriteString(c.Text + pad)
			} else {
				line.WriteString(pad + c.Text)
			}
		}
		fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
	}
	fmt.Fprintln(b)
}
