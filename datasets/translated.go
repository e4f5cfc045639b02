package datasets

import (
	"slices"
	"strconv"
	"strings"
)

// translatedLayout is XTREME's machine translations of the English training data (Hu et al., arXiv 2003.11080), without a header:
// as published five columns, two English texts, their translations and the label; in the folders that its code reads the last
// three alone.
func translatedLayout(split func(string) []string) layout {
	return layout{
		name:    "XTREME's translate-train/en-{lang}-translated.tsv",
		pattern: below(`(?P<split>translate-train|XNLI-Translated|translated)/en-` + langGroup + `-translated\.tsv`),
		read:    translatedRows(split),
	}
}

// translatedRows reads the translations. Rows of the published files that have other columns or another label are left out, as
// TensorFlow Datasets' readers do.
func translatedRows(split func(string) []string) reader {
	return func(t Task, s source, diag *Diagnostics) ([]Example, error) {
		var examples []Example
		err := eachLine(s.path, diag, func(line int, text string) error {
			fields := split(text)
			n := len(fields)
			if n != 3 && n != 5 {
				diag.left(s.path, line, strconv.Itoa(n)+" tab-separated columns: expected 5 (English text, text, their translations, label) or the last 3")
				return nil
			}
			label := strings.TrimSpace(fields[n-1])
			if spelled, ok := t.spellings[label]; ok {
				label = spelled
			}
			if !slices.Contains(t.Labels, label) {
				diag.left(s.path, line, "label "+strconv.Quote(label)+": expected "+strings.Join(t.Labels, ", "))
				return nil
			}
			e := Example{ID: strconv.Itoa(line), Text: fields[n-3], Pair: fields[n-2], Label: label, File: s.path, Line: line}
			noteMissingText(diag, e, true)
			examples = append(examples, e)
			return nil
		})
		return examples, err
	}
}
