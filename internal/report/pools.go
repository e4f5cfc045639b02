package report

import (
	"fmt"
	"slices"

	"xpt/heads"
	"xpt/internal/stats"
)

// subTokens compares pooling of the last and of the first sub-token of a word.
type subTokens struct {
	last, first *column
	difference  map[string]float64 // last minus first, in points, by language
	mean        float64
	over        *stats.Interval
	relations   []stats.Relation
}

// subTokensOf compares the pools of all tasks and methods that have both.
func subTokensOf(m *matrix) (all []subTokens) {
	for _, t := range m.tasks {
		for _, c := range t.columns {
			first := t.find(c.method, string(heads.First))
			if c.pool != string(heads.Last) || first == nil {
				continue
			}
			s := subTokens{last: c, first: first, difference: map[string]float64{}}
			var values []float64
			for _, language := range t.languages {
				p := pair(&comparison{column: c, full: first}, language)
				if p.status == "" && language != m.study.Language {
					s.difference[language] = 100 * p.difference()
					values = append(values, 100*p.difference())
				}
			}
			s.mean, s.over = overLanguages(values)
			properties := slices.DeleteFunc(m.propertiesOf(t), func(p stats.Property) bool { return !isSegmentation(p.Name) })
			s.relations = stats.Relate(s.difference, properties)
			all = append(all, s)
		}
	}
	return all
}

func poolTable(m *matrix) []*Table {
	t := &Table{Name: "pools", Title: "Last against first sub-token of a word", topic: aboutTokenization}
	t.Note = fmt.Sprintf("Means in percent over the languages that were not trained on; "+
		"mean difference in points with the interval that resampling them gives (%d rounds, seed %d); "+
		"Spearman's rank correlation of the difference with how words are cut.", bootstrapRounds, seed)
	t.Columns = []Column{{Name: "task"}, {Name: "method"}, numberColumn("last", "percent"), numberColumn("first", "percent"),
		numberColumn("difference", "points", "", "low", "high"),
		numberColumn("rho with fertility", "", "", "low", "high", "p"), numberColumn("rho with continued-word share", "", "", "low", "high", "p")}
	for _, s := range subTokensOf(m) {
		row := []Entry{text(s.last.task.name), text(s.last.method)}
		for _, c := range []*column{s.last, s.first} {
			cell := c.lackingLanguages()
			if mean, _, ok := c.others(m.study.Language); ok {
				cell = number(100*mean, 1).of(c.doneNames()...)
			}
			row = append(row, cell)
		}
		runs := slices.Concat(s.last.doneNames(), s.first.doneNames())
		difference := blank()
		if len(s.difference) > 0 {
			difference = signedNumber(s.mean, 1).within(s.over, 1, 1)
		}
		row = append(row, difference.of(runs...))
		for _, property := range []string{fertilityProperty, continuedProperty} {
			cell := blank()
			if r, ok := relationTo(property, s.relations); ok && r.Error == "" {
				cell = rhoNumber(r)
				cell.Aside += ", " + equals(r.P)
				cell.Values = append(cell.Values, r.P)
			}
			row = append(row, cell.of(runs...))
		}
		t.Rows = append(t.Rows, row)
	}
	return []*Table{t}
}

func poolSentences(m *matrix) (sentences []string) {
	for _, s := range subTokensOf(m) {
		if len(s.difference) == 0 {
			continue
		}
		text := fmt.Sprintf("%s, %s: reading a word's last sub-token instead of its first brings %s points over %d %s not trained on",
			s.last.task.name, s.last.method, signed(s.mean, 1), len(s.difference), plural(len(s.difference), "language"))
		if s.over != nil {
			text += " " + interval(s.over.Low, s.over.High, 1)
		}
		if r, ok := relationTo(continuedProperty, s.relations); ok && r.Error == "" {
			text += "; with the continued-word share: " + correlation(r)
		}
		sentences = append(sentences, text+".")
	}
	return sentences
}
