package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"xpt/internal/texttable"
)

// WriteText writes the main tables and the answers as plain text.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n\n", r.Title, r.summary())
	for _, t := range r.Tables {
		shown := slices.Contains([]string{"choices", "parity", "evaluations", "tiers"}, t.Name)
		if t.topic == aboutScores && !t.detail || shown {
			if err := t.writeText(&b); err != nil {
				return err
			}
			if t.caution != "" {
				fmt.Fprintf(&b, "%s\n\n", t.caution)
			}
		}
	}
	for _, a := range r.Answers {
		fmt.Fprintf(&b, "%s\n", a.Question)
		for i, s := range a.Sentences {
			if i > 0 {
				s = "- " + s
			}
			fmt.Fprintf(&b, "  %s\n", s)
			if i == 0 && a.Caution != "" {
				fmt.Fprintf(&b, "  %s\n", a.Caution)
			}
		}
		b.WriteString("\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (t *Table) writeText(w io.Writer) error {
	var head []string
	for _, c := range t.Columns {
		head = append(head, c.Name)
	}
	rows := [][]string{head}
	for _, row := range slices.Concat(t.Rows, t.Foot) {
		var texts []string
		for _, c := range row {
			texts = append(texts, c.Text)
		}
		texts[0] = row[0].whole()
		rows = append(rows, texts)
	}
	return texttable.Write(w, t.Title, rows, func(column int) bool { return t.Columns[column].Fields == nil })
}
