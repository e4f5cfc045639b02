package datasets

import "slices"

// uner is Universal NER (Mayhew et al. 2024), named entities over treebanks of Universal Dependencies, in IOB2. The annotations
// know further types in some treebanks; the benchmark scores these three.
var uner = Task{
	Name:    "uner",
	Kind:    Tagging,
	Labels:  unerTags,
	aliases: []string{"universal_ner"},

	layouts: slices.Concat(
		[]layout{treebankLayout("UNER's files", "iob2", 2)},
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"idx"},
		words: []string{"tokens"},
		tags:  []string{"ner_tags"},
	},
	numbers:  numbers{"ner_tags": unerTags},
	replaced: map[string]string{"B-OTH": "O", "I-OTH": "O", "B-MISC": "O", "I-MISC": "O", "B-O": "O", "I-O": "O", "B-": "O", "I-": "O"},
}

var unerTags = []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}
