package datasets

// udpos is part-of-speech tagging with Universal Dependencies as XTREME cut it (Hu et al. 2020).
var udpos = Task{
	Name:    "udpos",
	Kind:    Tagging,
	Labels:  upos,
	layouts: []layout{{"XTREME's {split}-{lang}.tsv", xtremeTSV, taggedSentences(wordTabTag)}},
}

// upos are the 17 universal part-of-speech tags, sorted.
var upos = []string{"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"}
