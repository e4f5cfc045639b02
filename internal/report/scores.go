package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"xpt/internal/stats"
)

// scoreTable has a metric by language and method, with intervals of the main metric.
func scoreTable(m *matrix, t *task, metric int) *Table {
	name := t.metrics[metric]
	table := &Table{Task: t.name, Name: t.name + "-" + name, Title: t.name + ": " + name + " in percent" + t.inSplit(), topic: aboutScores, caution: t.notHeldOut()}
	table.Note = strings.TrimPrefix(table.caution+" ", " ") + "Mean over seeds ± standard deviation; (n of N) where seeds are missing."
	if metric == 0 {
		table.Name = t.name + "-scores"
	}
	table.Columns = []Column{{Name: "language"}, numberColumn("examples", ""), numberColumn("majority", "percent")}
	for _, c := range t.columns {
		table.Columns = append(table.Columns, scoreColumn(c.name, "", "sd", "seeds", "low", "high"))
	}
	for _, language := range t.languages {
		row := []Entry{text(language), blank(), blank()}
		if majority, ok := t.majority[language]; ok {
			row[1], row[2] = count(t.examples[language]), number(100*majority[metric], 1)
		}
		for _, c := range t.columns {
			cell := c.cell(language, metric)
			cell.chance = row[2].Values != nil && cell.Values != nil && cell.Values[0] <= row[2].Values[0]
			row = append(row, cell)
		}
		table.Rows = append(table.Rows, row)
	}
	table.Foot = footRows(m, t, metric)
	if metric == 0 {
		_, others := t.split(m.study.Language)
		table.Note += intervalNote(table, len(m.study.Seeds), len(others)) + " Trained: share of all parameters."
	}
	return table
}

// intervalNote says what the intervals of a language and of the means cover, and how few seeds and languages narrow them. languages
// are those that are drawn: all but the trained one.
func intervalNote(table *Table, seeds, languages int) (note string) {
	if rows := table.brackets(table.Rows); rows != "" {
		note += " Scores of a language" + rows + "."
	}
	if foot := table.brackets(table.Foot); foot != "" {
		note += " Means" + foot + "."
	}
	for _, few := range []struct {
		n    int
		what string
	}{{seeds, "seeds"}, {languages, "languages"}} {
		if note != "" && few.n > 1 && few.n < 5 {
			note += fmt.Sprintf(" With %d %s, the part of an interval that comes from them is only %.2f times as wide as it should be.",
				few.n, few.what, math.Sqrt(1-1/float64(few.n)))
		}
	}
	return note
}

// cell is the column's score in a language.
func (c *column) cell(language string, metric int) Entry {
	r := c.results[language]
	if r == nil {
		return c.lacking()
	}
	var over *covered
	if metric == 0 {
		over = r.interval
	}
	return c.spread(r.values[metric], r.runs, over)
}

// spread is the cell of values over seeds.
func (c *column) spread(values []float64, runs []string, over *covered) Entry {
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

// others is the mean over the languages that were not trained on, of the runs that have every language; ok is false if
// there is none.
func (c *column) others(source string) (mean float64, ok bool) {
	_, means := c.means(0, source)
	if _, others := c.task.split(source); len(means) == 0 || others == nil {
		return 0, false
	}
	var values []float64
	for _, m := range means {
		values = append(values, m.Others)
	}
	return stats.NewSpread(values).Mean, true
}

// over heads a row of means over so many rows.
func over(name string, rows int) Entry {
	return Entry{Text: name, Aside: fmt.Sprintf("(%d %s)", rows, plural(rows, "row"))}
}

// footRows are the means over languages and, for the main metric, the shares of trained parameters.
func footRows(m *matrix, t *task, metric int) [][]Entry {
	source := m.study.Language
	majority := map[string]float64{}
	for language, values := range t.majority {
		majority[language] = values[metric]
	}
	ofMajority := stats.TransferMeans(majority, source)
	row := func(name Entry, baseline Entry, of func(c *column) Entry) []Entry {
		row := []Entry{name, blank(), baseline}
		for _, c := range t.columns {
			row = append(row, of(c))
		}
		return row
	}
	mean := func(name Entry, of func(stats.Means) float64, over func(*column) *covered) []Entry {
		baseline := blank()
		if len(majority) > 0 {
			baseline = number(100*of(ofMajority), 1)
		}
		return row(name, baseline, func(c *column) Entry { return c.mean(metric, source, of, over(c)) })
	}
	trained, others := t.split(source)
	rows := [][]Entry{mean(over("mean", len(t.languages)), func(m stats.Means) float64 { return m.All }, func(c *column) *covered { return c.over.all })}
	if trained != nil && others != nil {
		rows = append(rows,
			mean(over("mean without "+source, len(others)), func(m stats.Means) float64 { return m.Others }, func(c *column) *covered { return c.over.others }),
			mean(text("cross-lingual gap"), func(m stats.Means) float64 { return m.Gap }, func(c *column) *covered { return c.over.gap }))
	}
	if metric > 0 {
		return rows
	}
	return append(rows,
		row(text("trained"), blank(), func(c *column) Entry { return c.trained(true) }),
		row(text("trained, without head"), blank(), func(c *column) Entry { return c.trained(false) }))
}

// mean is one of the column's means over languages; over is its interval for the main metric.
func (c *column) mean(metric int, source string, of func(stats.Means) float64, over *covered) Entry {
	runs, means := c.means(metric, source)
	if len(means) == 0 {
		return c.lackingLanguages()
	}
	var values []float64
	for _, m := range means {
		values = append(values, of(m))
	}
	if metric > 0 {
		over = nil
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
