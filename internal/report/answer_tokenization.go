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
	a := Answer{Question: "What has tokenization to do with it?"}
	if len(gains) == 0 {
		a.Sentences = []string{noGain}
	} else {
		a.relateToTokenization(gains, len(m.study.Seeds) == 1)
		a.picture = m.gainBy(gains, aboutTokenization, isSegmentation)
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
func (a *Answer) relateToTokenization(gains []*gain, one bool) {
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
				significant[measure(r.Property)]++
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
		lead = fmt.Sprintf("Not seen here: the gain does not go with how a language is cut into sub-tokens (none of %d rank correlations is significant at %.2g).",
			tested, significance)
	default:
		lead = significantTokenization(significant, tested)
	}
	if tested > 0 {
		a.caution("The p-values are adjusted by Holm for all correlations of the table tokenization.")
	}
	if one && tested > 0 {
		a.caution(oneSeed)
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
	return fmt.Sprintf("The gain goes with how a language is cut into sub-tokens in %d of %d rank correlations (%s), significant at %.2g.",
		n, tested, strings.Join(which, ", "), significance)
}
