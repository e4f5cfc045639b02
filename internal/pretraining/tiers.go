package pretraining

import (
	"maps"
	"math"
	"slices"

	"xpt/internal/stats"
)

// LogTokens is the property log10 of pre-training tokens, of the languages that the model saw.
func (p Table) LogTokens(languages []string) stats.Property {
	property := stats.Property{Name: "log10 of pre-training tokens", Values: map[string]float64{}}
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
	stats.Spread
}

// TierMeans averages a value, one a language, over each tier that has any.
func (p Table) TierMeans(values map[string]float64) []TierMean {
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
			means = append(means, TierMean{tier, stats.NewSpread(byTier[tier])})
		}
	}
	return means
}
