package datasets

import "slices"

// xnli is the Cross-lingual Natural Language Inference corpus (Conneau et al. 2018): does the first sentence entail the
// second? The original files are xnli.{dev,test}.tsv, each with all languages, and multinli.train.{lang}.tsv.
var xnli = Task{
	Name:     "xnli",
	Kind:     Classification,
	Pair:     true,
	Parallel: true,
	Labels:   []string{"entailment", "neutral", "contradiction"},

	layouts: slices.Concat(
		[]layout{
			xtremeLayout(pairRows(splitTabs)),
			translatedLayout(splitTabs),
			{
				name:      "XNLI-1.0's xnli.{split}.tsv",
				pattern:   below(`xnli\.` + splitGroup + `\.tsv`),
				languages: languageColumn(headedTSV(splitTabs)),
				read:      examplesOf(headedTSV(splitTabs)),
			},
			{
				name:    "XNLI-MT-1.0's multinli.{split}.{lang}.tsv",
				pattern: below(`multinli\.` + splitGroup + `\.` + langGroup + `\.tsv`),
				read:    examplesOf(headedTSV(splitTabs)),
			},
			{
				name:      "Hugging Face's XNLI/{split}-*.parquet",
				pattern:   below(`XNLI/` + splitGroup + `(?P<shard>-\d+-of-\d+)?\.parquet`),
				languages: languageColumn(parquetRows),
				read:      examplesOf(parquetRows),
			},
		},
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"pairID"},
		text:  []string{"sentence1", "premise"},
		pair:  []string{"sentence2", "hypothesis", "hypo"},
		label: []string{"gold_label", "label"},
	},
	numbers:   numbers{"label": {"entailment", "neutral", "contradiction"}},
	spellings: map[string]string{"contradictory": "contradiction"}, // in the training files
}

// languageColumn lists the languages in a file's column "language", in order.
func languageColumn(read recordReader) func(path string) ([]string, error) {
	return func(path string) ([]string, error) {
		var langs []string
		err := read(path, &Diagnostics{}, func(r record) error {
			lang, err := r.text([]string{"language"}, "language")
			if err == nil && !slices.Contains(langs, lang) {
				langs = append(langs, lang)
			}
			return err
		})
		return langs, err
	}
}
