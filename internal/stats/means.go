package stats

import (
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// Spread summarises the same score over seeds.
type Spread struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"` // of the sample (n - 1); 0 of a single value
}

// NewSpread is the mean and standard deviation of values.
func NewSpread(values []float64) Spread {
	switch len(values) {
	case 0:
		return Spread{}
	case 1:
		return Spread{N: 1, Mean: values[0]}
	}
	mean, sd := stat.MeanStdDev(values, nil)
	return Spread{len(values), mean, sd}
}

// Means are a task's unweighted means over languages, and the cross-lingual gap.
type Means struct {
	All    float64 `json:"all"`
	Others float64 `json:"others"` // without the language that was trained on
	Gap    float64 `json:"gap"`    // of the trained language over Others: XTREME's transfer gap
	N      int     `json:"n"`      // languages in All
}

// TransferMeans averages one score per language. source is the language trained on, or several with commas; without it in
// scores, or with nothing beside it, the gap is 0. Treebanks of a language (en_ewt) are that language.
func TransferMeans(scores map[string]float64, source string) Means {
	trained, others := map[string]float64{}, map[string]float64{}
	for row, score := range scores {
		if OfSource(row, source) {
			trained[row] = score
		} else {
			others[row] = score
		}
	}
	m := Means{All: meanOf(scores), Others: meanOf(others), N: len(scores)}
	if len(trained) > 0 && len(others) > 0 {
		m.Gap = meanOf(trained) - m.Others
	}
	return m
}

// OfSource tells whether a row of a table, such as en or en_ewt, is of the language trained on, or of one of several with commas.
func OfSource(row, source string) bool {
	row, _, _ = strings.Cut(row, "_")
	for language := range strings.SplitSeq(source, ",") {
		if language, _, _ = strings.Cut(language, "_"); language == row {
			return true
		}
	}
	return false
}

// meanOf adds in the order of the names, so that it repeats to the last bit.
func meanOf(scores map[string]float64) float64 {
	if len(scores) == 0 {
		return 0
	}
	var sum float64
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		sum += scores[name]
	}
	return sum / float64(len(scores))
}
