package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/study"
	"xpt/internal/transfer"
)

// gain is what a prompt method brings over fine-tuning in the languages that
// were not trained on, and how that goes with what these languages are.
type gain struct {
	*comparison
	values     map[string]float64 // by language, points
	properties []transfer.Property
	relations  []transfer.Relation // of the properties
	tiers      []transfer.TierMean // none: no table of the pre-training data
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

// gains relates every comparison to the languages' properties.
func (m *matrix) gains(comparisons []*comparison) (gains []*gain) {
	for _, c := range comparisons {
		g := &gain{comparison: c, values: map[string]float64{}}
		for _, l := range c.languages {
			if l.status == "" && l.language != c.source {
				g.values[l.language] = 100 * l.difference()
			}
		}
		g.properties = m.propertiesOf(c.column.task)
		g.relations = transfer.Relate(g.values, g.properties)
		if table := m.pretraining(c.column.task); table != nil {
			g.tiers = table.TierMeans(g.values)
		}
		gains = append(gains, g)
	}
	return gains
}

// pretraining is the table that the engine used, as far as the task's
// languages go; nil where there was none.
func (m *matrix) pretraining(t *task) transfer.Pretraining {
	var table transfer.Pretraining
	for _, l := range m.properties[t.name] {
		if l.Tier == "" {
			continue
		}
		if table == nil {
			table = transfer.Pretraining{}
		}
		if l.Tier != transfer.Unseen {
			base, _, _ := strings.Cut(code(l.Language), "-")
			table[base] = transfer.Share{BillionTokens: l.BillionTokens, Tier: l.Tier}
		}
	}
	return table
}

// propertiesOf are the properties of a task's languages. What the task's own
// texts cannot tell, as words of sentences that come without them, is taken
// from the first other task that can, and named after it.
func (m *matrix) propertiesOf(t *task) (properties []transfer.Property) {
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
		from := []*task{t}
		for _, other := range m.tasks {
			if other != t {
				from = append(from, other)
			}
		}
		for _, source := range from {
			byCode := map[string]float64{}
			for _, l := range m.properties[source.name] {
				if v, ok := kind.value(l); ok {
					byCode[code(l.Language)] = v
				}
			}
			p := transfer.Property{Name: kind.name, Values: valuesOf(t.languages, byCode)}
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
		if p := (transfer.Property{Name: distanceProperty, Values: valuesOf(t.languages, byCode)}); len(p.Values) > 0 {
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

// relationTable shows the relations of all gains to some of the properties.
func relationTable(gains []*gain, name, title string, wanted func(property string) bool) *Table {
	t := &Table{Name: name, Title: title, topic: topic(name)}
	t.Note = fmt.Sprintf("Spearman's rank correlation of the gain (prompt method minus full fine-tuning, points) with the property, over the languages that were not trained on; its 95 %% interval by Fisher's z (Bonett & Wright), p by Student's t, not adjusted for the number of rows. At least %d languages are needed.", fewestLanguages)
	t.Columns = []Column{{Name: "task"}, {Name: "method"}, {Name: "property"}, numberColumn("languages", ""), numberColumn("rho", "", "", "low", "high"), numberColumn("p", "")}
	for _, g := range gains {
		for _, r := range g.relations {
			if !wanted(r.Property) {
				continue
			}
			row := []Cell{text(g.column.task.name), text(g.column.name), text(r.Property), count(len(r.Languages))}
			if r.Error != "" {
				row = append(row, Cell{Text: r.Error, Status: incomplete}, blank())
			} else {
				row = append(row, Cell{Text: signed(r.Rho, 2), Aside: interval(r.Low, r.High, 2), Values: []float64{r.Rho, r.Low, r.High}},
					Cell{Text: pValue(r.P), Values: []float64{r.P}})
			}
			for i := range row[3:] {
				row[3+i] = row[3+i].of(g.runs()...)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// tierTable shows mean gains by tier.
func tierTable(gains []*gain) *Table {
	t := &Table{Name: "tiers", Title: "Gain by tier of pre-training data", topic: aboutResources}
	t.Note = "Mean gain (prompt method minus full fine-tuning) in points over the languages of a tier that were not trained on, ± standard deviation over them, and their number. Seen is high, middle and low together; unseen languages are not in the pre-training data."
	t.Columns = []Column{{Name: "task"}, {Name: "method"}}
	for _, tier := range transfer.Tiers {
		t.Columns = append(t.Columns, numberColumn(string(tier), "points", "", "sd", "languages"))
	}
	for _, g := range gains {
		if len(g.tiers) == 0 {
			continue
		}
		row := []Cell{text(g.column.task.name), text(g.column.name)}
		for _, tier := range transfer.Tiers {
			cell := blank()
			if at := slices.IndexFunc(g.tiers, func(m transfer.TierMean) bool { return m.Tier == tier }); at >= 0 {
				m := g.tiers[at]
				cell = Cell{Text: signed(m.Mean, 1), Aside: fmt.Sprintf("%d %s", m.N, plural(m.N, "language")), Values: []float64{m.Mean, m.SD, float64(m.N)}}
				if m.N > 1 {
					cell.Text += " ± " + decimal(m.SD, 1)
				}
			}
			row = append(row, cell.of(g.runs()...))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// lowResource answers the second question.
func lowResource(m *matrix, gains []*gain) Answer {
	a := Answer{Question: "Low-resource? Do prompts help languages with little pre-training data more?"}
	if len(gains) == 0 {
		a.Sentences = []string{"This study cannot say: there is no gain of prompts over full fine-tuning to look at."}
		return a
	}
	a.Tables = []string{"resources", "tiers"}
	var falls, rises, flat, few int
	for _, g := range gains {
		if g.tiers == nil && !slices.ContainsFunc(g.properties, func(p transfer.Property) bool { return p.Name == tokensProperty }) {
			continue
		}
		text := g.column.label() + ": "
		at := slices.IndexFunc(g.relations, func(r transfer.Relation) bool { return r.Property == tokensProperty })
		switch r := g.relations[at]; {
		case r.Error != "":
			few++
			text += fmt.Sprintf("no correlation of the gain with pre-training tokens (%s)", r.Error)
		default:
			switch {
			case r.P >= significance:
				flat++
				text += "no significant relation of the gain to pre-training tokens"
			case r.Rho < 0:
				falls++
				text += "the fewer pre-training tokens, the larger the gain"
			default:
				rises++
				text += "the fewer pre-training tokens, the smaller the gain"
			}
			text += " (" + correlation(r) + ")"
		}
		var tiers []string
		for _, t := range g.tiers {
			tiers = append(tiers, fmt.Sprintf("%s %s (%d)", t.Tier, signed(t.Mean, 1), t.N))
		}
		if tiers != nil {
			text += "; mean gain in points by tier (languages): " + strings.Join(tiers, ", ")
		}
		a.Sentences = append(a.Sentences, text+".")
	}
	if a.Sentences == nil {
		a.Sentences = []string{"This study cannot say: it has no table of how much of each language the model was pre-trained on."}
		a.Tables = nil
		return a
	}
	lead := ""
	switch {
	case falls+rises+flat == 0:
		lead = fmt.Sprintf("There is too little data to say: a correlation needs at least %d languages that were not trained on and have pre-training data.", fewestLanguages)
	case falls > 0 && rises+flat == 0:
		lead = fmt.Sprintf("Yes in all %d comparisons: the gain over full fine-tuning grows as pre-training data gets scarcer.", falls)
	case falls > 0 && rises == 0:
		lead = fmt.Sprintf("In part: in %d of %d comparisons the gain over full fine-tuning grows as pre-training data gets scarcer; in the others no significant relation is seen.", falls, falls+flat)
	case rises > 0 && falls == 0:
		lead = fmt.Sprintf("No: in %d of %d comparisons the gain over full fine-tuning shrinks as pre-training data gets scarcer, and in none it grows.", rises, rises+flat)
	case falls+rises == 0:
		lead = fmt.Sprintf("Not seen here: in none of %d comparisons does the gain go significantly with pre-training tokens.", flat)
	default:
		lead = fmt.Sprintf("It depends: the gain grows with scarcer pre-training data in %d, shrinks in %d and shows no significant relation in %d of %d comparisons.", falls, rises, flat, falls+rises+flat)
	}
	if tested := falls + rises + flat; falls+rises > 0 && tested > 1 {
		lead += fmt.Sprintf(" Without adjustment for their number, about %.1f of %d would be significant by chance alone.", significance*float64(tested), tested)
	}
	if few > 0 && falls+rises+flat > 0 {
		lead += fmt.Sprintf(" %d more had too few languages.", few)
	}
	if len(m.study.Seeds) == 1 {
		lead += " There is one seed only."
	}
	a.Sentences = append([]string{lead}, a.Sentences...)
	return a
}

// correlation is a relation in numbers.
func correlation(r transfer.Relation) string {
	return fmt.Sprintf("Spearman's rho %s %s, n = %d, %s", decimal(r.Rho, 2), interval(r.Low, r.High, 2), r.N, equals(r.P))
}

// tokenized answers the third question.
func tokenized(m *matrix, gains []*gain) Answer {
	a := Answer{Question: "Tokenization? Does the gain go with how a language is cut into sub-tokens?"}
	if len(gains) == 0 {
		a.Sentences = []string{"This study cannot say: there is no gain of prompts over full fine-tuning to look at."}
	} else {
		a.Tables = []string{"tokenization"}
		tested, few := 0, 0
		significant := map[string]int{} // relations by property
		for _, g := range gains {
			var parts []string
			for _, r := range g.relations {
				property, _, _ := strings.Cut(r.Property, " (")
				if !isTokenization(r.Property) || r.Property == distanceProperty {
					continue
				}
				if r.Error != "" {
					few++
					continue
				}
				tested++
				if r.P < significance {
					significant[property]++
				}
				parts = append(parts, r.Property+" "+correlation(r))
			}
			if parts != nil {
				a.Sentences = append(a.Sentences, g.column.label()+": "+strings.Join(parts, "; ")+".")
			}
		}
		lead := ""
		switch {
		case tested+few == 0:
			lead = "This study cannot say: it has no measures of how the languages are tokenized."
			a.Tables = nil
		case tested == 0:
			lead = fmt.Sprintf("There is too little data to say: a correlation needs at least %d languages that were not trained on.", fewestLanguages)
		case len(significant) == 0:
			lead = fmt.Sprintf("Not seen here: none of %d rank correlations of the gain with fertility, continued-word share or parallel-token ratio is significant at %.2g.", tested, significance)
		default:
			var which []string
			n := 0
			for _, property := range slices.Sorted(maps.Keys(significant)) {
				n += significant[property]
				which = append(which, fmt.Sprintf("%d with %s", significant[property], property))
			}
			lead = fmt.Sprintf("%d of %d rank correlations of the gain with tokenization are significant at %.2g, without adjustment for their number (%s); about %.1f would be by chance alone.",
				n, tested, significance, strings.Join(which, ", "), significance*float64(tested))
		}
		if len(m.study.Seeds) == 1 && tested > 0 {
			lead += " There is one seed only."
		}
		a.Sentences = append([]string{lead}, a.Sentences...)
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

// propertyTable shows what is known of a task's languages.
func propertyTable(m *matrix, t *task) []*Table {
	if len(m.properties[t.name]) == 0 {
		return nil
	}
	table := &Table{Task: t.name, Name: t.name + "-languages", Title: t.name + ": the languages before any training", topic: aboutTokenization}
	table.Note = "Fertility: sub-tokens per word. Continued: words that are cut, in percent; single: words of one sub-token, in percent. Parallel ratio: sub-tokens of translations over those of the same texts in the trained language."
	table.Columns = []Column{{Name: "language"}, {Name: "name"}, numberColumn("pre-training (billion tokens)", ""), {Name: "tier"}, numberColumn("fertility", ""),
		numberColumn("continued", "percent"), numberColumn("single", "percent"), numberColumn("parallel ratio", ""), numberColumn("pairs", "")}
	for _, l := range m.properties[t.name] {
		row := []Cell{text(l.Language), text(datasets.LanguageName(code(l.Language))), blank(), text(string(l.Tier)), blank(), blank(), blank(), blank(), blank()}
		if l.Tier == "" {
			row[3] = blank()
		}
		if l.BillionTokens > 0 {
			row[2] = Cell{Text: fmt.Sprintf("%.3g", l.BillionTokens), Values: []float64{l.BillionTokens}}
		}
		if l.Fertility > 0 {
			row[4], row[5], row[6] = number(l.Fertility, 2), number(100*l.ContinuedShare, 1), number(100*l.SingleShare, 1)
		}
		if l.ParallelRatio > 0 {
			row[7], row[8] = number(l.ParallelRatio, 2), count(l.Pairs)
		}
		table.Rows = append(table.Rows, row)
	}
	return []*Table{table}
}
