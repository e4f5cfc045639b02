package datasets

import "slices"

// pawsx is PAWS-X (Yang et al. 2019): is the second sentence a paraphrase (1) of the first or not (0)? Its files have CSV's
// quotes.
var pawsx = Task{
	Name:     "pawsx",
	Kind:     Classification,
	Pair:     true,
	Parallel: true,
	Labels:   []string{"0", "1"},
	aliases:  []string{"paws-x"},

	layouts: slices.Concat(
		[]layout{
			xtremeLayout(pairRows(splitCSV)),
			translatedLayout(splitCSV),
			{
				name:    "the original {lang}/{translated_train,dev_2k,test_2k}.tsv",
				pattern: below(`(?P<lang>[a-z]{2})/(?P<split>train|translated_train|dev_2k|test_2k)\.tsv`),
				read:    examplesOf(headedTSV(splitCSV)),
			},
		},
		parquetLayouts(`PAWS-X\.`),
	),
	columns: columns{
		id:    []string{"id"},
		text:  []string{"sentence1"},
		pair:  []string{"sentence2"},
		label: []string{"label"},
	},
	numbers: numbers{"label": {"0", "1"}},
}
