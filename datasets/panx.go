package datasets

import (
	"slices"
	"strings"
)

// nerTags are the IOB2 tags of persons, organisations and locations.
var nerTags = []string{"O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"}

// panx is PAN-X, named entities in Wikipedia (Pan et al. 2017; Rahimi et al. 2019), tagged in IOB2. The original files are
// {lang}/{train,dev,test}; each word has the language as a prefix ("en:Oslo").
var panx = Task{
	Name:    "panx",
	Kind:    Tagging,
	Labels:  nerTags,
	aliases: []string{"pan-x", "wikiann"},

	layouts: slices.Concat(
		[]layout{
			xtremeLayout(prefixedSentences),
			{
				name:    "the original {lang}/{split}",
				pattern: below(langGroup + `/(?P<split>train|dev|test)`),
				read:    prefixedSentences,
			},
		},
		parquetLayouts(`PAN-X\.`),
	),
	columns: columns{
		words: []string{"tokens"},
		tags:  []string{"ner_tags"},
	},
	numbers: numbers{"ner_tags": nerTags},
}

// prefixedSentences reads tagged sentences and removes the language prefix ("en:token") if every word of the file has it.
func prefixedSentences(t Task, s source, diag *Diagnostics) ([]Example, error) {
	examples, err := taggedSentences(t, s, diag)
	if err != nil {
		return nil, err
	}
	prefix := s.config + ":"
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
