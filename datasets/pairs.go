package datasets

import (
	"strconv"
	"strings"
)

// pairRows reads rows of two texts and a label, without a header: XTREME's format of XNLI and PAWS-X. A file whose first row
// has two columns has no labels (XTREME's public test sets).
func pairRows(split func(string) []string) reader {
	return func(t Task, s source, diag *Diagnostics) ([]Example, error) {
		var examples []Example
		columns := 0
		err := eachLine(s.path, diag, func(line int, text string) error {
			if text == "" {
				diag.left(s.path, line, "empty line")
				return nil
			}
			fields := split(text)
			if columns == 0 {
				columns = min(max(len(fields), 2), 3)
			}
			if len(fields) != columns {
				want := [...]string{2: "2 (text, text)", 3: "3 (text, text, label)"}[columns]
				return fail(s.path, line, "%d tab-separated columns: expected %s", len(fields), want)
			}
			e := Example{ID: strconv.Itoa(len(examples) + 1), Text: fields[0], Pair: fields[1], File: s.path, Line: line}
			if columns == 3 {
				var err error
				if e.Label, err = t.checkLabel(s.path, line, strings.TrimSpace(fields[2]), diag); err != nil {
					return err
				}
			}
			noteMissingText(diag, e, true)
			examples = append(examples, e)
			return nil
		})
		return examples, err
	}
}

// noteMissingText reports empty texts and the placeholder NS of translated PAWS-X and XNLI.
func noteMissingText(diag *Diagnostics, e Example, pair bool) {
	texts := append([]string{e.Text}, e.Choices...)
	if pair {
		texts = append(texts, e.Pair)
	}
	for _, text := range texts {
		switch strings.TrimSpace(text) {
		case "":
			diag.kept(e.File, e.Line, "empty sentence")
			return
		case "NS":
			diag.kept(e.File, e.Line, "placeholder NS instead of a sentence")
			return
		}
	}
}
