package stats

import (
	"fmt"
	"maps"
	"slices"
)

// FewestLanguages is how many a correlation is taken over at least. Below, the large-sample formulas of p and the interval do
// not hold, and the points say more.
const FewestLanguages = 8

// Relation is the rank correlation of a gain and a property, over the languages that have both.
type Relation struct {
	Property    string  `json:"property"`
	Points      []Point `json:"points"` // sorted by language
	Correlation         // zero if Error is set
	AdjustedP   float64 `json:"adjusted_p"`      // see [AdjustRelations]
	Error       string  `json:"error,omitempty"` // why there is no correlation, such as too few languages
}

// Point is one language's.
type Point struct {
	Language string  `json:"language"`
	Property float64 `json:"property"`
	Gain     float64 `json:"gain"`
}

// Property is a number per language, such as fertility.
type Property struct {
	Name   string
	Values map[string]float64
}

// Relate correlates gains, one a language (prompt tuning minus fine-tuning), with a property.
func Relate(gains map[string]float64, p Property) *Relation {
	r := &Relation{Property: p.Name}
	var x, y []float64
	for _, language := range slices.Sorted(maps.Keys(gains)) {
		if value, ok := p.Values[language]; ok {
			r.Points = append(r.Points, Point{language, value, gains[language]})
			x, y = append(x, value), append(y, gains[language])
		}
	}
	if len(x) < FewestLanguages {
		r.Error = fmt.Sprintf("too few for a correlation, which needs %d languages", FewestLanguages)
		return r
	}
	var err error
	if r.Correlation, err = Spearman(x, y); err != nil {
		r.Error = err.Error()
	}
	return r
}

// AdjustRelations adjusts the p-values of relations that are looked at together by [Holm]. Those without a correlation do not
// count.
func AdjustRelations(family []*Relation) {
	var tested []*Relation
	var p []float64
	for _, r := range family {
		if r.Error == "" {
			tested, p = append(tested, r), append(p, r.P)
		}
	}
	for i, adjusted := range Holm(p) {
		tested[i].AdjustedP = adjusted
	}
}
