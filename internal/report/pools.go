package report

import (
	"fmt"

	"xpt/internal/stats"
)

// subTokens is a comparison of the last with the first sub-token of a word, and its correlations.
type subTokens struct {
	*comparison
	difference map[string]float64 // last minus first, in points, by language that was not trained on
	mean       float64
	relations  []*stats.Relation // to fertility and to the continued-word share
}

// subTokensOf relates the differences of pools to how words are cut.
func subTokensOf(m *matrix) (all []subTokens) {
	var family []*stats.Relation
	for _, c := range m.subTokens {
		s := subTokens{comparison: c, difference: map[string]float64{}}
		var values []float64
		if languages, alone := c.zeroShot(); !alone {
			for _, l := range languages {
				s.difference[l.language] = 100 * l.difference()
				values = append(values, 100*l.difference())
			}
		}
		s.mean = stats.NewSpread(values).Mean
		for _, p := range m.propertiesOf(c.column.task) {
			if p.Name == fertilityProperty || p.Name == continuedProperty {
				s.relations = append(s.relations, stats.Relate(s.difference, p))
			}
		}
		family = append(family, s.relations...)
		all = append(all, s)
	}
	stats.AdjustRelations(family)
	return all
}

func poolTable(m *matrix) []*Table {
	t := &Table{Name: "pools", Title: "Last against first sub-token of a word", topic: aboutTokenization}
	t.Columns = []Column{{Name: "task"}, {Name: "method"}, numberColumn("last", "percent"), numberColumn("first", "percent"),
		numberColumn("difference", "points", "", "low", "high"),
		numberColumn("rho with fertility", "", "", "low", "high", "p", "p, Holm"),
		numberColumn("rho with continued-word share", "", "", "low", "high", "p", "p, Holm")}
	for _, s := range subTokensOf(m) {
		row := []Entry{text(s.column.task.name), text(s.column.method)}
		for _, c := range []*column{s.column, s.full} {
			cell := c.lackingLanguages()
			if mean, ok := c.others(m.study.Language); ok {
				cell = number(100*mean, 1).of(c.doneNames()...)
			}
			row = append(row, cell)
		}
		difference := blank()
		if len(s.difference) > 0 {
			difference = signedNumber(s.mean, 1).within(s.over, 100, 1)
		}
		row = append(row, difference.of(s.runs()...))
		for _, property := range []string{fertilityProperty, continuedProperty} {
			cell := blank()
			if r := relationTo(property, s.relations); r != nil {
				cell = rhoNumber(r)
				if r.Error == "" {
					cell.Aside += ", " + adjustedP(r)
					cell.Values = append(cell.Values, r.P, r.AdjustedP)
				}
			}
			row = append(row, cell.of(s.runs()...))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = fmt.Sprintf("Means in percent over the languages that were not trained on; mean difference in points%s; "+
		"Spearman's rank correlation of the difference with how words are cut, by %s.", t.brackets(t.Rows), relationMethod)
	return []*Table{t}
}

func poolSentences(m *matrix) (sentences []string) {
	for _, s := range subTokensOf(m) {
		if len(s.difference) == 0 {
			continue
		}
		text := fmt.Sprintf("%s, %s: reading a word's last sub-token instead of its first brings %s points over %d %s not trained on",
			s.column.task.name, s.column.method, signed(s.mean, 1), len(s.difference), plural(len(s.difference), "language"))
		if s.over != nil {
			text += " " + s.over.text(100, 1)
		}
		if r := relationTo(continuedProperty, s.relations); r != nil && r.Error == "" {
			text += "; with the continued-word share: " + correlation(r)
		}
		sentences = append(sentences, text+".")
	}
	return sentences
}
