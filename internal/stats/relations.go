package transfer

import (
	"maps"
	"math"
	"slices"
)

// Relation is how a gain goes with a property of languages: rank correlation over the languages that have both.
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

// LogTokens is the property log10 of pre-training tokens, of the languages that the model saw.
func (p Pretraining) LogTokens(languages []string) Property {
	property := Property{"log10 of pre-training tokens", map[string]float64{}}
	for _, language := range languages {
		if billions := p.BillionTokens(language); billions > 0 {
			property.Values[language] = 9 + math.Log10(billions)
		}
	}
	return property
}

// TierMean is the mean of a value over the languages of a tier.
type TierMean struct {
	Tier Tier `json:"tier"`
	Spread
}

// TierMeans averages a value, one a language, over each tier that has any.
func (p Pretraining) TierMeans(values map[string]float64) []TierMean {
	byTier := map[Tier][]float64{}
	for _, language := range slices.Sorted(maps.Keys(values)) {
		tier := p.Tier(language)
		byTier[tier] = append(byTier[tier], values[language])
		if tier != Unseen {
			byTier[Seen] = append(byTier[Seen], values[language])
		}
	}
	var means []TierMean
	for _, tier := range Tiers {
		if byTier[tier] != nil {
			means = append(means, TierMean{tier, NewSpread(byTier[tier])})
		}
	}
	return means
}
