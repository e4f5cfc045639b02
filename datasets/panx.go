package datasets

import "strings"

// panx is PAN-X, named entities in Wikipedia (Pan et al. 2017; Rahimi et al. 2019), tagged in IOB2.
var panx = Task{
	Name:    "panx",
	Kind:    Tagging,
	Labels:  []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"},
	aliases: []string{"pan-x", "wikiann"},
	layouts: []layout{{"XTREME's {split}-{lang}.tsv", xtremeTSV, panxSentences}},
}

// panxSentences reads tagged sentences and takes the language prefix ("en:token") off the words. A prefix is one only if every
// word of the file has it: a lone "en:" is a word.
func panxSentences(t Task, s source, rep *Report) ([]Example, error) {
	examples, err := taggedSentences(wordTabTag)(t, s, rep)
	if err != nil {
		return nil, err
	}
	prefix := s.lang + ":"
	for _, e := range examples {
		for _, w := range e.Words {
			if !strings.HasPrefix(w, prefix) {
				return examples, nil
			}
		}
	}
	for _, e := range examples {
		for i, w := range e.Words {
			e.Words[i] = w[len(prefix):]
		}
	}
	return examples, nil
}
