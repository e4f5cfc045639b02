package datasets

// xnli is the Cross-lingual Natural Language Inference corpus (Conneau et al. 2018): does the first sentence entail the second?
var xnli = Task{
	Name:    "xnli",
	Kind:    Classification,
	Pair:    true,
	Labels:  []string{"entailment", "neutral", "contradiction"},
	layouts: []layout{{"XTREME's {split}-{lang}.tsv", xtremeTSV, pairRows(splitTabs, xnliSpellings)}},
}

// xnliSpellings: the training files spell one label differently from the test files.
var xnliSpellings = map[string]string{"contradictory": "contradiction"}
