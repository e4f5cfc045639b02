package report

import (
	"fmt"
	"slices"

	"xpt/internal/stats"
)

// scoreTable has a metric by language and method, with intervals of the main metric.
func scoreTable(m *matrix, t *task, metric int) *Table {
	name := t.metrics[metric]
	table := &Table{Task: t.name, Name: t.name + "-" + name, Title: t.name + ": " + name + " in percent", topic: aboutScores}
	table.Note = "Mean over seeds ± standard deviation; (n of N) where seeds are missing."
	if metric == 0 {
		table.Name = t.name + "-scores"
		table.Note += fmt.Sprintf(" In brackets the %.0f %% bootstrap interval over examples, of all seeds together (%d rounds, seed %d); "+
			"in the rows of means, over languages. Trained: share of all parameters.", 100*level, bootstrapRounds, seed)
	}
	table.Columns = []Column{{Name: "language"}, numberColumn("examples", ""), numberColumn("majority", "percent")}
	for _, c := range t.columns {
		table.Columns = append(table.Columns, numberColumn(c.name, "percent", "", "sd", "seeds", "low", "high"))
	}
	for _, language := range t.languages {
		row := []Entry{text(language), blank(), blank()}
		if majority, ok := t.majority[language]; ok {
			row[1], row[2] = count(t.examples[language]), number(100*majority[metric], 1)
		}
		for _, c := range t.columns {
			row = append(row, c.cell(language, metric))
		}
		table.Rows = append(table.Rows, row)
	}
	table.Foot = footRows(m, t, metric)
	return table
}

// cell is the column's score in a language.
func (c *column) cell(language string, metric int) Entry {
	r := c.results[language]
	if r == nil {
		return c.lacking()
	}
	var over *stats.Interval
	if metric == 0 {
		over = r.interval
	}
	return c.spread(r.values[metric], r.runs, over)
}

// spread is the cell of values over seeds.
func (c *column) spread(values []float64, runs []string, over *stats.Interval) Entry {
	s := stats.NewSpread(values)
	cell := spreadNumber(stats.Spread{N: s.N, Mean: 100 * s.Mean, SD: 100 * s.SD}, 1).of(runs...)
	if s.N < len(c.cells) {
		cell.Text += fmt.Sprintf(" (%d of %d)", s.N, len(c.cells))
		cell.Status = incomplete
	}
	return cell.within(over, 100, 1)
}

// means are the transfer means of the runs that have every language of the task.
func (c *column) means(metric int, source string) (runs []string, means []stats.Means) {
	for _, o := range c.outcomes {
		scores := map[string]float64{}
		for language, r := range c.results {
			if at := slices.Index(r.runs, o.Name()); at >= 0 {
				scores[language] = r.values[metric][at]
			}
		}
		if len(scores) == len(c.task.languages) {
			runs, means = append(runs, o.Name()), append(means, stats.TransferMeans(scores, source))
		}
	}
	return runs, means
}

// others is the mean over the languages that were not trained on, with the interval over languages; ok is false if a
// language is missing.
func (c *column) others(source string) (mean float64, over *stats.Interval, ok bool) {
	var values []float64
	for _, language := range c.task.languages {
		r := c.results[language]
		if r == nil {
			return 0, nil, false
		}
		if language != source {
			values = append(values, stats.NewSpread(r.values[0]).Mean)
		}
	}
	if len(values) == 0 {
		return 0, nil, false
	}
	mean, over = overLanguages(values)
	return mean, over, true
}

// footRows are the means over languages and, for the main metric, the shares of trained parameters.
func footRows(m *matrix, t *task, metric int) [][]Entry {
	source := m.study.Language
	majority := map[string]float64{}
	for language, values := range t.majority {
		majority[language] = values[metric]
	}
	ofMajority := stats.TransferMeans(majority, source)
	row := func(name string, baseline Entry, of func(c *column) Entry) []Entry {
		row := []Entry{text(name), blank(), baseline}
		for _, c := range t.columns {
			row = append(row, of(c))
		}
		return row
	}
	mean := func(name string, of func(stats.Means) float64, withInterval bool) []Entry {
		baseline := blank()
		if len(majority) > 0 {
			baseline = number(100*of(ofMajority), 1)
		}
		return row(name, baseline, func(c *column) Entry { return c.mean(metric, source, of, withInterval && metric == 0) })
	}
	hasSource := slices.Contains(t.languages, source)
	rows := [][]Entry{mean("mean", func(m stats.Means) float64 { return m.All }, !hasSource)}
	if hasSource && len(t.languages) > 1 {
		rows = append(rows,
			mean("mean without "+source, func(m stats.Means) float64 { return m.Others }, true),
			mean("cross-lingual gap", func(m stats.Means) float64 { return m.Gap }, false))
	}
	if metric > 0 {
		return rows
	}
	return append(rows,
		row("trained", blank(), func(c *column) Entry { return c.trained(true) }),
		row("trained, without head", blank(), func(c *column) Entry { return c.trained(false) }))
}

// mean is one of the column's means over languages, optionally with the interval over languages.
func (c *column) mean(metric int, source string, of func(stats.Means) float64, withInterval bool) Entry {
	runs, means := c.means(metric, source)
	if len(means) == 0 {
		return c.lackingLanguages()
	}
	var values []float64
	for _, m := range means {
		values = append(values, of(m))
	}
	var over *stats.Interval
	if withInterval {
		_, over, _ = c.others(source)
	}
	return c.spread(values, runs, over)
}

// trained is the share of all parameters that the column's method trains, with the head or without.
func (c *column) trained(head bool) Entry {
	if len(c.outcomes) == 0 {
		return c.lacking()
	}
	v, without := shares(c.outcomes[0].Record.Counts)
	if !head {
		v = without
	}
	return shareNumber(v).of(c.doneNames()...)
}
