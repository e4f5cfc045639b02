package datasets

import "slices"

// sib200 is SIB-200, topics of sentences in 205 languages (Adelani et al. 2024), in folders named by FLORES-200's codes.
var sib200 = Task{
	Name:     "sib200",
	Kind:     Classification,
	Parallel: true,
	Labels:   []string{"science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"},
	aliases:  []string{"sib-200"},

	layouts: slices.Concat(
		[]layout{folderLayout(`[a-z]{3}_[A-Z][a-z]{3}`, "tsv", examplesOf(headedTSV(splitCSV)))},
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"index_id"},
		text:  []string{"text"},
		label: []string{"category", "label"},
	},
}
