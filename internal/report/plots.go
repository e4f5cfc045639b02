package report

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/stats"
	"xpt/internal/study"
)

// figures draws all plots of a report but those of the answers.
func (m *matrix) figures(gains []*gain) (all []figure) {
	for _, t := range m.tasks {
		all = append(all, m.means(t))
		all = append(all, m.shotsFigures(t)...)
		for _, pool := range t.pools() {
			all = append(all, m.curves(t, pool)...)
		}
		all = append(all, m.gainFigures(t, gains)...)
	}
	for _, b := range m.backbones() {
		for _, method := range b.methods {
			d := b.of[method][0]
			caption := fmt.Sprintf("%s: mean representation of each language, %s backbone", b.task, method)
			if method != frozen {
				caption += " (" + d.Backbone + ")"
			}
			all = append(all, principalPlane(d, m.style(method, "")).figure(aboutDistances, b.task, caption+"."))
		}
	}
	return drawn(all)
}

// style is the colour and shape of a method in all plots; several pools have different ones.
func (m *matrix) style(method, pool string) int {
	at := slices.Index(m.study.Methods, method)
	if at < 0 {
		at = len(m.study.Methods)
	}
	return at + max(0, slices.Index(m.study.Pools, pool))*len(m.study.Methods)
}

func (m *matrix) styleOf(c *column) int { return m.style(c.method, c.pool) }

// principalPlane shows the languages' mean representations on their first two principal components.
func principalPlane(d study.Distances, style int) *chart {
	s := series{style: style}
	for _, x := range d.Languages {
		if len(x.Mean) >= 2 {
			s.points = append(s.points, mark{x: x.Mean[0], y: x.Mean[1], label: x.Language, says: datasets.LanguageName(code(x.Language))})
		}
	}
	c := newChart(axis{label: "first principal component"}, axis{label: "second principal component"})
	if len(s.points) > 1 {
		c.series = []series{s}
	}
	return c
}

// pools are the pools of the task's columns with results.
func (t *task) pools() (pools []string) {
	for _, c := range t.columns {
		if !slices.Contains(pools, c.pool) && len(c.outcomes) > 0 {
			pools = append(pools, c.pool)
		}
	}
	return pools
}

// coverage says what the intervals of means cover.
func (t *task) coverage() string {
	var all coverage
	for _, c := range t.columns {
		if c.over.others != nil {
			all.add(c.name, c.over.others.covers)
		}
	}
	return all.intervals()
}

// means shows each method's mean over the languages that were not trained on.
func (m *matrix) means(t *task) figure {
	x := scores(t.metrics[0])
	x.reach = []float64{0, 100}
	c := newChart(x, axis{names: []string{}})
	for _, column := range t.columns {
		mean, ok := column.others(m.study.Language)
		if !ok {
			continue
		}
		p := mark{x: 100 * mean, y: float64(len(c.y.names)), says: fmt.Sprintf("%s: %s percent", column.name, decimal(100*mean, 1))}
		if over := column.over.others; over != nil {
			p.low, p.high = 100*over.Low, 100*over.High
			p.says += " " + interval(p.low, p.high, 1)
		}
		c.y.names = append(c.y.names, oneLine(column.name))
		c.series = append(c.series, series{style: m.styleOf(column), points: []mark{p}})
	}
	majority := map[string]float64{}
	for language, values := range t.majority {
		majority[language] = 100 * values[0]
	}
	caption := fmt.Sprintf("%s: mean %s over the languages that were not trained on; bars: %s.", t.name, t.metrics[0], t.coverage())
	if len(majority) > 0 && c.series != nil {
		c.rules = []guide{{at: stats.TransferMeans(majority, m.study.Language).Others, on: 'x'}}
		caption = strings.TrimSuffix(caption, ".") + "; dashed: the best constant answer."
	}
	return c.figure(aboutScores, t.name, strings.ReplaceAll(caption, "; bars: .", "."))
}

// gainFigures plot the gains of a task's methods against each property of languages.
func (m *matrix) gainFigures(t *task, gains []*gain) (all []figure) {
	var properties []string
	for _, g := range gains {
		for _, p := range g.properties {
			if g.column.task == t && !slices.Contains(properties, p.Name) {
				properties = append(properties, p.Name)
			}
		}
	}
	for _, property := range properties {
		about := aboutTokenization
		if isResource(property) {
			about = aboutResources
		}
		c := m.scatter(gains, t, property)
		for i, g := range ofTask(gains, t) {
			if r := relationTo(property, g.relations); r != nil && r.Error == "" && i < len(c.series) {
				c.series[i].name += fmt.Sprintf(": rho %s, adjusted p %s", decimal(r.Rho, 2), pValue(r.AdjustedP))
			}
		}
		all = append(all, c.figure(about, t.name, t.name+": gain over full fine-tuning by "+property+", one mark for each language."))
	}
	return all
}

// ofTask are the gains on a task; nil: on all.
func ofTask(gains []*gain, t *task) (some []*gain) {
	for _, g := range gains {
		if t == nil || g.column.task == t {
			some = append(some, g)
		}
	}
	return some
}

// scatter plots gains against a property of languages, a series for each of them.
func (m *matrix) scatter(gains []*gain, t *task, property string) *chart {
	c := newChart(axis{label: property}, axis{label: "gain in points", reach: []float64{0}})
	points := 0
	for _, g := range ofTask(gains, t) {
		s := series{name: g.column.name, style: m.styleOf(g.column)}
		for _, p := range g.properties {
			if p.Name != property && (t != nil || measure(p.Name) != measure(property)) {
				continue
			}
			for _, language := range g.column.task.languages {
				x, ok := p.Values[language]
				y, gained := g.values[language]
				if ok && gained {
					s.points = append(s.points, mark{x: x, y: y, label: language,
						says: fmt.Sprintf("%s, %s: %s, gain %s points", datasets.LanguageName(code(language)), g.column.label(), decimal(x, 2), signed(y, 1))})
				}
			}
		}
		points += len(s.points)
		c.series = append(c.series, s)
	}
	if points < 2 {
		c.series = nil
	}
	if c.series != nil {
		c.rules = []guide{{at: 0, on: 'y'}}
	}
	return c
}
