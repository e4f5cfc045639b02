package datasets

import "slices"

// uner is Universal NER (Mayhew et al. 2024), named entities in treebanks of Universal Dependencies, in IOB2. Some treebanks
// have further types, which the benchmark does not score.
var uner = Task{
	Name:    "uner",
	Kind:    Tagging,
	Labels:  nerTags,
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
	numbers:  numbers{"ner_tags": nerTags},
	replaced: map[string]string{"B-OTH": "O", "I-OTH": "O", "B-MISC": "O", "I-MISC": "O", "B-O": "O", "I-O": "O", "B-": "O", "I-": "O"},
}
