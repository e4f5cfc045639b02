package report

import (
	"bytes"
	"fmt"
	"strings"
)

// inLaTeX escapes special characters.
var inLaTeX = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`,
	"~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "<", `\textless{}`, ">", `\textgreater{}`,
	"|", `\textbar{}`, `"`, `\textquotedbl{}`, minus, `$-$`, "±", `$\pm$`, "–", "--", "[", "{[}", "]", "{]}")

// latex is the table as a float, for documents with booktabs.
func (t *Table) latex() []byte {
	var b bytes.Buffer
	align := ""
	var head []Entry
	for _, c := range t.Columns {
		head = append(head, text(c.Name))
		if c.Fields == nil {
			align += "l"
		} else {
			align += "r"
		}
	}
	fmt.Fprintf(&b, "\\begin{table}\n\\caption{%s. %s}\n\\label{tab:%s}\n\\centering\n\\begin{tabular}{%s}\n\\toprule\n",
		inLaTeX.Replace(t.Title), inLaTeX.Replace(t.Note), t.Name, align)
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
	rows([][]Entry{head})
	b.WriteString("\\midrule\n")
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
