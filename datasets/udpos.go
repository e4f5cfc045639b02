package datasets

import "slices"

// udpos is part-of-speech tagging with Universal Dependencies, from XTREME's files (Hu et al. 2020) or from treebanks.
var udpos = Task{
	Name:    "udpos",
	Kind:    Tagging,
	Labels:  upos,
	aliases: []string{"ud"},

	layouts: slices.Concat(
		[]layout{
			xtremeLayout(taggedSentences),
			treebankLayout("CoNLL-U treebanks", "conllu", 3),
		},
		parquetLayouts(`udpos\.`),
	),
	columns: columns{
		id:    []string{"sent_id"},
		words: []string{"tokens"},
		tags:  []string{"pos_tags", "upos"},
	},
	numbers:  numbers{"pos_tags": upos, "upos": upos18},
	replaced: map[string]string{"_": "X"}, // an untagged word
}

// upos are the 17 universal part-of-speech tags, sorted.
var upos = []string{"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"}

// upos18 is the numbering of Hugging Face's universal_dependencies and masakhapos; _ is the tag of multi-word tokens.
var upos18 = []string{"NOUN", "PUNCT", "ADP", "NUM", "SYM", "SCONJ", "ADJ", "PART", "DET", "CCONJ", "PROPN", "PRON", "X", "_", "ADV", "INTJ", "VERB", "AUX"}
