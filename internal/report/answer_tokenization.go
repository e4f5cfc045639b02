package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"xpt/internal/stats"
)

// tokenized answers whether the gain correlates with how a language is tokenized.
func tokenized(m *matrix, gains []*gain) Answer {
	a := Answer{Question: "Tokenization? Does the gain go with how a language is cut into sub-tokens?"}
	if len(gains) == 0 {
		a.Sentences = []string{noGain}
	} else {
		a.relateToTokenization(gains, len(m.study.Seeds) == 1)
	}
	if sentences := poolSentences(m); sentences != nil {
		a.Sentences = append(a.Sentences, sentences...)
		a.Tables = append(a.Tables, "pools")
	}
	if sentences := distanceSentences(m); sentences != nil {
		a.Sentences = append(a.Sentences, sentences...)
		a.Tables = append(a.Tables, "distances")
	}
	return a
}

// relateToTokenization adds the correlations of gains with measures of tokenization.
func (a *Answer) relateToTokenization(gains []*gain, oneSeed bool) {
	tested, few := 0, 0
	significant := map[string]int{} // relations by property
	for _, g := range gains {
		var parts []string
		for _, r := range g.relations {
			if !isSegmentation(r.Property) {
				continue
			}
			if r.Error != "" {
				few++
				parts = append(parts, r.Property+": "+fewPoints(r))
				continue
			}
			tested++
			if r.AdjustedP < significance {
				property, _, _ := strings.Cut(r.Property, " (") // without the task that the texts are of
				significant[property]++
			}
			parts = append(parts, r.Property+" "+correlation(r))
		}
		if parts != nil {
			a.Sentences = append(a.Sentences, g.column.label()+": "+strings.Join(parts, "; ")+".")
		}
	}
	a.Tables = []string{"tokenization"}
	lead := ""
	switch {
	case tested+few == 0:
		lead = "This study cannot say: it has no measures of how the languages are tokenized."
		a.Tables = nil
	case tested == 0:
		lead = fmt.Sprintf("There is too little data to say: a correlation needs at least %d languages that were not trained on.", stats.FewestLanguages)
	case len(significant) == 0:
		lead = fmt.Sprintf("Not seen here: none of %d rank correlations of the gain with fertility, continued-word share "+
			"or parallel-token ratio is significant at %.2g, "+
			"adjusted by Holm for all correlations of the table tokenization.", tested, significance)
	default:
		lead = significantTokenization(significant, tested)
	}
	if oneSeed && tested > 0 {
		lead += " There is one seed only."
	}
	a.Sentences = append([]string{lead}, a.Sentences...)
}

func significantTokenization(byProperty map[string]int, tested int) string {
	var which []string
	n := 0
	for _, property := range slices.Sorted(maps.Keys(byProperty)) {
		n += byProperty[property]
		which = append(which, fmt.Sprintf("%d with %s", byProperty[property], property))
	}
	return fmt.Sprintf("%d of %d rank correlations of the gain with tokenization are significant at %.2g, "+
		"adjusted by Holm for all of the table tokenization (%s).", n, tested, significance, strings.Join(which, ", "))
}
