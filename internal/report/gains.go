package report

import (
	"strings"

	"xpt/internal/pretraining"
	"xpt/internal/stats"
	"xpt/internal/study"
)

// gain is the difference of a parameter-efficient method and fine-tuning in the languages that were not trained on, with its rank
// correlations with properties of these languages.
type gain struct {
	*comparison
	values     map[string]float64 // by language, points
	properties []stats.Property
	relations  []*stats.Relation      // to the properties, adjusted as they are shown together
	tiers      []pretraining.TierMean // nil without a table of the pre-training data
}

// The properties of languages.
const (
	tokensProperty    = "log10 of pre-training tokens"
	fertilityProperty = "fertility"
	continuedProperty = "continued-word share"
	ratioProperty     = "parallel-token ratio"
	distanceProperty  = "distance to the trained language, frozen"
)

func isResource(property string) bool { return property == tokensProperty }

func isTokenization(property string) bool { return property != tokensProperty }

// isSegmentation tells properties of how words are split into sub-tokens.
func isSegmentation(property string) bool {
	return isTokenization(property) && property != distanceProperty
}

// measure is a property's name without the task that its texts are of.
func measure(property string) string {
	name, _, _ := strings.Cut(property, " (")
	return name
}

// relationTo finds the relation to a property, or nil.
func relationTo(property string, relations []*stats.Relation) *stats.Relation {
	for _, r := range relations {
		if r.Property == property {
			return r
		}
	}
	return nil
}

// relationsOf are the relations of all gains to the wanted properties: the rows of a table, over which p-values are adjusted.
func relationsOf(gains []*gain, wanted func(property string) bool) (family []*stats.Relation) {
	for _, g := range gains {
		for _, r := range g.relations {
			if wanted(r.Property) {
				family = append(family, r)
			}
		}
	}
	return family
}

// gains relates every comparison to the languages' properties.
func (m *matrix) gains() (gains []*gain) {
	for _, c := range m.comparisons {
		g := &gain{comparison: c, values: map[string]float64{}}
		for _, l := range c.languages {
			if l.status == "" && !stats.OfSource(l.language, c.source) {
				g.values[l.language] = 100 * l.difference()
			}
		}
		g.properties = m.propertiesOf(c.column.task)
		for _, p := range g.properties {
			g.relations = append(g.relations, stats.Relate(g.values, p))
		}
		if table := m.pretraining(c.column.task); table != nil {
			g.tiers = table.TierMeans(g.values)
		}
		gains = append(gains, g)
	}
	stats.AdjustRelations(relationsOf(gains, isResource))
	stats.AdjustRelations(relationsOf(gains, isTokenization))
	return gains
}

// pretraining is the part of the study's table for the task's languages; nil without a table.
func (m *matrix) pretraining(t *task) pretraining.Table {
	var table pretraining.Table
	for _, l := range m.properties[t.name] {
		if l.Tier == "" {
			continue
		}
		if table == nil {
			table = pretraining.Table{}
		}
		if l.Tier != pretraining.Unseen {
			base, _, _ := strings.Cut(code(l.Language), "-")
			table[base] = pretraining.Share{BillionTokens: l.BillionTokens, Tier: l.Tier}
		}
	}
	return table
}

// propertiesOf are the properties of a task's languages. A property that the task's own texts do not give, such as
// words of text that is not split into words, comes from the first other task that does, and is named after it.
func (m *matrix) propertiesOf(t *task) (properties []stats.Property) {
	if table := m.pretraining(t); table != nil {
		p := table.LogTokens(t.languages)
		p.Name = tokensProperty
		properties = append(properties, p)
	}
	for _, kind := range []struct {
		name  string
		value func(study.LanguageProperty) (float64, bool)
	}{
		{fertilityProperty, func(l study.LanguageProperty) (float64, bool) { return l.Fertility, l.Fertility > 0 }},
		{continuedProperty, func(l study.LanguageProperty) (float64, bool) { return l.ContinuedShare, l.Fertility > 0 }},
		{ratioProperty, func(l study.LanguageProperty) (float64, bool) { return l.ParallelRatio, l.ParallelRatio > 0 }},
	} {
		for _, source := range append([]*task{t}, m.tasks...) {
			byCode := map[string]float64{}
			for _, l := range m.properties[source.name] {
				if v, ok := kind.value(l); ok {
					byCode[code(l.Language)] = v
				}
			}
			p := stats.Property{Name: kind.name, Values: valuesOf(t.languages, byCode)}
			if source != t {
				p.Name += " (" + source.name + ")"
			}
			if len(p.Values) > 0 {
				properties = append(properties, p)
				break
			}
		}
	}
	for _, d := range m.distances {
		if d.Method != frozen {
			continue
		}
		byCode := map[string]float64{}
		for _, l := range d.Languages {
			byCode[code(l.Language)] = l.Cosine
		}
		if p := (stats.Property{Name: distanceProperty, Values: valuesOf(t.languages, byCode)}); len(p.Values) > 0 {
			properties = append(properties, p)
			break
		}
	}
	return properties
}

func valuesOf(languages []string, byCode map[string]float64) map[string]float64 {
	values := map[string]float64{}
	for _, language := range languages {
		if v, ok := byCode[code(language)]; ok {
			values[language] = v
		}
	}
	return values
}
