package report

import (
	"bytes"
	"fmt"
	"strings"
)

// inLaTeX takes their meaning from the characters that have one.
var inLaTeX = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`,
	"~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "<", `\textless{}`, ">", `\textgreater{}`, "|", `\textbar{}`, `"`, `\textquotedbl{}`,
	minus, `$-$`, "±", `$\pm$`, "–", "--", "[", "{[}", "]", "{]}")

// latex is the table as a float, for a document that loads booktabs.
func (t *Table) latex() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\\begin{table}\n\\caption{%s. %s}\n\\label{tab:%s}\n\\centering\n\\begin{tabular}{", inLaTeX.Replace(t.Title), inLaTeX.Replace(t.Note), t.Name)
	for _, c := range t.Columns {
		if c.Fields == nil {
			b.WriteString("l")
		} else {
			b.WriteString("r")
		}
	}
	b.WriteString("}\n\\toprule\n")
	var head []string
	for _, c := range t.Columns {
		head = append(head, inLaTeX.Replace(c.Name))
	}
	rows := func(rows [][]Entry) {
		for _, row := range rows {
			var cells []string
			for _, c := range row {
				cell := inLaTeX.Replace(c.Text)
				if c.Aside != "" {
					cell += ` {\scriptsize ` + inLaTeX.Replace(c.Aside) + "}"
				}
				cells = append(cells, cell)
			}
			fmt.Fprintf(&b, "%s \\\\\n", strings.Join(cells, " & "))
		}
	}
	fmt.Fprintf(&b, "%s \\\\\n\\midrule\n", strings.Join(head, " & "))
	rows(t.Rows)
	if t.Foot != nil {
		if t.Rows != nil {
			b.WriteString("\\midrule\n")
		}
		rows(t.Foot)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n\\end{table}\n")
	return b.Bytes()
}
