package datasets

import (
	"regexp"
	"slices"
)

// xnli is the Cross-lingual Natural Language Inference corpus (Conneau et al. 2018): does the first
// sentence entail the second? Its original files are xnli.{dev,test}.tsv with all languages in one,
// and multinli.train.{lang}.tsv.
var xnli = Task{
	Name:     "xnli",
	Kind:     Classification,
	Pair:     true,
	Parallel: true,
	Labels:   []string{"entailment", "neutral", "contradiction"},

	layouts: slices.Concat(
		[]layout{
			xtremeLayout(pairRows(splitTabs)),
			{
				name:      "XNLI-1.0's xnli.{split}.tsv",
				pattern:   regexp.MustCompile(`^` + anyFolder + `xnli\.` + splitGroup + `\.tsv$`),
				languages: languageColumn(headedTSV(splitTabs)),
				read:      examplesOf(headedTSV(splitTabs)),
			},
			{
				name:    "XNLI-MT-1.0's multinli.{split}.{lang}.tsv",
				pattern: regexp.MustCompile(`^` + anyFolder + `multinli\.` + splitGroup + `\.` + langGroup + `\.tsv$`),
				read:    examplesOf(headedTSV(splitTabs)),
			},
		},
		[]layout{{
			name:      "Hugging Face's XNLI/{split}-*.parquet",
			pattern:   regexp.MustCompile(`^` + anyFolder + `XNLI/` + splitGroup + `(?P<shard>-\d+-of-\d+)?\.parquet$`),
			languages: languageColumn(parquetRows),
			read:      examplesOf(parquetRows),
		}},
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

// languageColumn lists the languages that a file's column "language" has, in their order.
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
