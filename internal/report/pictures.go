package report

import (
	"cmp"
	"fmt"
	"slices"

	"xpt/datasets"
	"xpt/internal/stats"
)

// mostRows limits the rows of an answer's picture.
const mostRows = 16

// differences pictures the mean difference of each comparison with full fine-tuning.
func (m *matrix) differences() figure {
	c := newChart(axis{label: "mean difference to full fine-tuning in points", reach: []float64{0}, span: 4}, axis{names: []string{}})
	caption, covered := "Right of 0 the method is better than full fine-tuning. Mean over the languages that were not trained on", coverage{}
	left := 0
	for _, compared := range m.comparisons {
		t := compared.tally()
		if len(t.zeroShot) == 0 {
			continue
		}
		if len(c.y.names) == mostRows {
			left++
			continue
		}
		label := compared.column.label()
		p := mark{x: 100 * t.mean, y: float64(len(c.y.names)), says: fmt.Sprintf("%s: %s points", label, signed(100*t.mean, 1))}
		if t.over != nil {
			p.low, p.high = 100*t.over.Low, 100*t.over.High
			p.says += " " + t.over.text(100, 1)
			covered.add(label, t.over.covers)
		}
		c.y.names = append(c.y.names, oneLine(label))
		c.series = append(c.series, series{style: m.styleOf(compared.column), points: []mark{p}})
	}
	if c.series != nil {
		c.rules = []guide{{at: 0, on: 'x'}}
	}
	if len(covered.covers) == 1 {
		caption += "; bars: " + covered.intervals()
	}
	if left > 0 {
		caption += fmt.Sprintf("; %d more in the table parity", left)
	}
	return c.figure(aboutParity, "", caption+".")
}

// byLanguage pictures the gains by language, the largest mean gain first; of many languages both ends.
func (m *matrix) byLanguage(gains []*gain) figure {
	of := map[string][]float64{} // by the code across data sets
	for _, g := range gains {
		for language, v := range g.values {
			of[code(language)] = append(of[code(language)], v)
		}
	}
	var languages []string
	for language := range of {
		languages = append(languages, language)
	}
	mean := func(language string) float64 { return stats.NewSpread(of[language]).Mean }
	slices.SortFunc(languages, func(a, b string) int { return cmp.Or(cmp.Compare(mean(b), mean(a)), cmp.Compare(a, b)) })
	caption := "Gain over full fine-tuning by language, the largest mean first"
	if n := len(languages); n > mostRows {
		caption += fmt.Sprintf("; the first and the last %d of %d", mostRows/2, n)
		languages = slices.Delete(languages, mostRows/2, n-mostRows/2)
	}
	c := newChart(axis{label: "gain in points", reach: []float64{0}, span: 4}, axis{})
	for _, language := range languages {
		c.y.names, c.y.titles = append(c.y.names, oneLine(language)), append(c.y.titles, datasets.LanguageName(language))
	}
	for _, g := range gains {
		s := series{name: g.column.name, style: m.styleOf(g.column)}
		for _, language := range g.column.task.languages {
			v, gained := g.values[language]
			if at := slices.Index(languages, code(language)); gained && at >= 0 {
				s.points = append(s.points, mark{x: v, y: float64(at), says: fmt.Sprintf("%s, %s: %s points", datasets.LanguageName(code(language)), g.column.label(), signed(v, 1))})
			}
		}
		c.series = append(c.series, s)
	}
	if len(languages) > 0 {
		c.rules = []guide{{at: 0, on: 'x'}}
	}
	return c.figure(aboutResources, "", caption+".")
}

// gainBy pictures the gains on all tasks against the first property that wanted takes, or nothing.
func (m *matrix) gainBy(gains []*gain, about topic, wanted func(property string) bool) figure {
	for _, g := range gains {
		for _, p := range g.properties {
			if wanted(p.Name) {
				return m.scatter(gains, nil, p.Name).figure(about, "", "Gain over full fine-tuning by "+p.Name+", one mark for each language, task and method.")
			}
		}
	}
	return figure{}
}
