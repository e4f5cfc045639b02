package stats

import (
	"maps"
	"slices"
)

// Relation is the rank correlation of a gain and a property, over the languages that have both.
type Relation struct {
	Property    string   `json:"property"`
	Languages   []string `json:"languages"`
	Correlation          // zero if Error is set
	Error       string   `json:"error,omitempty"` // why there is none, such as too few languages
}

// Property is a number per language, such as fertility.
type Property struct {
	Name   string
	Values map[string]float64
}

// Relate correlates gains, one a language (prompt tuning minus fine-tuning), with each property.
func Relate(gains map[string]float64, properties []Property) []Relation {
	var relations []Relation
	for _, p := range properties {
		r := Relation{Property: p.Name}
		var x, y []float64
		for _, language := range slices.Sorted(maps.Keys(gains)) {
			if value, ok := p.Values[language]; ok {
				r.Languages = append(r.Languages, language)
				x, y = append(x, value), append(y, gains[language])
			}
		}
		var err error
		if r.Correlation, err = Spearman(x, y); err != nil {
			r.Error = err.Error()
		}
		relations = append(relations, r)
	}
	return relations
}
