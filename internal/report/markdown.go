package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// inMarkdown escapes special characters.
var inMarkdown = strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "#", `\#`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "](", `]\(`)

func (r *Report) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", inMarkdown.Replace(r.Title))
	fmt.Fprintf(&b, "%s\n\n", inMarkdown.Replace(r.summary()))
	for _, a := range r.Answers {
		fmt.Fprintf(&b, "## %s\n\n", inMarkdown.Replace(a.Question))
		for i, s := range a.Sentences {
			if i > 0 {
				b.WriteString("- ")
			}
			fmt.Fprintf(&b, "%s\n", inMarkdown.Replace(s))
			if i == 0 {
				b.WriteString("\n")
				if a.Caution != "" {
					fmt.Fprintf(&b, "%s\n\n", inMarkdown.Replace(a.Caution))
				}
			}
		}
		if a.Tables != nil {
			fmt.Fprintf(&b, "\nTables: %s\n", inMarkdown.Replace(strings.Join(a.Tables, ", ")))
		}
		b.WriteString("\n")
	}
	for _, t := range r.Tables {
		b.Write(t.markdown())
		b.WriteString("\n")
	}
	return b.Bytes()
}

// summary states, of a study, checkpoint, language, seeds and the state of the cells.
func (r *Report) summary() string {
	if r.about != "" {
		return r.about
	}
	text := fmt.Sprintf("Checkpoint %s, trained on %s, %d %s; %d of %d cells done",
		r.Checkpoint, r.Language, len(r.Seeds), plural(len(r.Seeds), "seed"), r.Cells.Done, r.Cells.All)
	if r.Cells.Failed > 0 {
		text += fmt.Sprintf(", %d failed", r.Cells.Failed)
	}
	if r.Cells.Missing > 0 {
		text += fmt.Sprintf(", %d missing", r.Cells.Missing)
	}
	text += "."
	if len(r.DTypes) > 0 {
		text += " Computed in " + strings.Join(r.DTypes, ", ")
		if from, to := r.From.Format(time.DateOnly), r.To.Format(time.DateOnly); !r.To.IsZero() {
			text += ", " + from
			if to != from {
				text += " to " + to
			}
		}
		if r.Command != "" {
			text += ", by " + r.Command
		}
		text += "."
	}
	return text
}

func (t *Table) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### %s\n\n", inMarkdown.Replace(t.Title))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "| %s ", inMarkdown.Replace(c.Name))
	}
	b.WriteString("|\n")
	for _, c := range t.Columns {
		if c.Fields == nil {
			b.WriteString("|---")
		} else {
			b.WriteString("|---:")
		}
	}
	b.WriteString("|\n")
	for _, row := range slices.Concat(t.Rows, t.Foot) {
		for _, c := range row {
			fmt.Fprintf(&b, "| %s ", inMarkdown.Replace(c.whole()))
		}
		b.WriteString("|\n")
	}
	if t.Note != "" {
		fmt.Fprintf(&b, "\n%s\n", inMarkdown.Replace(t.Note))
	}
	return b.Bytes()
}

// whole is the cell's text with its aside.
func (c Entry) whole() string {
	if c.Aside == "" {
		return c.Text
	}
	return c.Text + " " + c.Aside
}
