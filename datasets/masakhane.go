package datasets

import "slices"

// masakhaner is MasakhaNER 2.0, named entities in 20 African languages (Adelani et al. 2022), in folders named by ISO 639-3.
var masakhaner = Task{
	Name:    "masakhaner2",
	Kind:    Tagging,
	Labels:  masakhanerTags,
	aliases: []string{"masakhaner", "MasakhaNER2.0"},

	layouts: slices.Concat(
		[]layout{folderLayout("[a-z]{3}", "txt", taggedSentences)},
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"id"},
		words: []string{"tokens"},
		tags:  []string{"ner_tags"},
	},
	numbers: numbers{"ner_tags": masakhanerTags},
}

var masakhanerTags = []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-DATE", "I-DATE"}

// masakhapos is MasakhaPOS, universal parts of speech in 20 African languages (Dione et al. 2023).
var masakhapos = Task{
	Name:   "masakhapos",
	Kind:   Tagging,
	Labels: upos,

	layouts: slices.Concat(
		[]layout{folderLayout("[a-z]{3}", "txt", taggedSentences)},
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"id"},
		words: []string{"tokens"},
		tags:  []string{"upos", "pos_tags"},
	},
	numbers: numbers{"upos": upos18, "pos_tags": upos},
}
