package report

import (
	"fmt"
	"slices"

	"xpt/internal/transfer"
)

// scoreTable is a metric per language and method, with the intervals of the
// main metric.
func scoreTable(m *matrix, t *task, metric int) *Table {
	name := t.metrics[metric]
	table := &Table{Task: t.name, Name: t.name + "-" + name, Title: t.name + ": " + name + " in percent", topic: aboutScores}
	table.Note = "Mean over seeds ± standard deviation; (n of N) where seeds are missing."
	if metric == 0 {
		table.Name = t.name + "-scores"
		table.Note += fmt.Sprintf(" In brackets the %.0f %% bootstrap interval over examples, of all seeds together (%d rounds, seed %d); in the rows of means, over languages. Trained: share of all parameters.",
			100*level, bootstrapRounds, seed)
	}
	table.Columns = []Column{{Name: "language"}, numberColumn("examples", ""), numberColumn("majority", "percent")}
	for _, c := range t.columns {
		table.Columns = append(table.Columns, numberColumn(c.name, "percent", "", "sd", "seeds", "low", "high"))
	}
	for _, language := range t.languages {
		row := []Cell{text(language), blank(), blank()}
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
func (c *column) cell(language string, metric int) Cell {
	r := c.results[language]
	if r == nil {
		return c.lacking()
	}
	var over *transfer.Interval
	if metric == 0 {
		over = r.interval
	}
	return c.spread(r.values[metric], r.runs, over)
}

// spread shows values over seeds.
func (c *column) spread(values []float64, runs []string, over *transfer.Interval) Cell {
	s := transfer.NewSpread(values)
	cell := number(100*s.Mean, 1).of(runs...)
	cell.Values = append(cell.Values, 100*s.SD, float64(s.N))
	if s.N > 1 {
		cell.Text += " ± " + decimal(100*s.SD, 1)
	}
	if s.N < len(c.cells) {
		cell.Text += fmt.Sprintf(" (%d of %d)", s.N, len(c.cells))
		cell.Status = incomplete
	}
	if over != nil {
		cell.Aside = interval(100*over.Low, 100*over.High, 1)
		cell.Values = append(cell.Values, 100*over.Low, 100*over.High)
	}
	return cell
}

// means are a column's transfer means, one for each run that has every
// language of the task.
func (c *column) means(metric int, source string) (runs []string, means []transfer.Means) {
	for _, o := range c.outcomes {
		scores := map[string]float64{}
		for language, r := range c.results {
			if at := slices.Index(r.runs, o.Name()); at >= 0 {
				scores[language] = r.values[metric][at]
			}
		}
		if len(scores) == len(c.task.languages) {
			runs, means = append(runs, o.Name()), append(means, transfer.TransferMeans(scores, source))
		}
	}
	return runs, means
}

// others is the mean over the languages that were not trained on, of a column
// that has all languages, with the interval over languages.
func (c *column) others(source string) (mean float64, over *transfer.Interval, ok bool) {
	var values []float64
	for _, language := range c.task.languages {
		r := c.results[language]
		if r == nil {
			return 0, nil, false
		}
		if language != source {
			values = append(values, transfer.NewSpread(r.values[0]).Mean)
		}
	}
	if len(values) == 0 {
		return 0, nil, false
	}
	mean, over = overLanguages(values)
	return mean, over, true
}

func footRows(m *matrix, t *task, metric int) [][]Cell {
	source := m.study.Language
	majority := map[string]float64{}
	for language, values := range t.majority {
		majority[language] = values[metric]
	}
	ofMajority := transfer.TransferMeans(majority, source)
	hasSource := slices.Contains(t.languages, source)

	row := func(name string, baseline Cell, cell func(c *column) Cell) []Cell {
		row := []Cell{text(name), blank(), baseline}
		for _, c := range t.columns {
			row = append(row, cell(c))
		}
		return row
	}
	mean := func(of func(transfer.Means) float64, withInterval bool) func(c *column) Cell {
		return func(c *column) Cell {
			runs, means := c.means(metric, source)
			if len(means) == 0 {
				cell := c.lacking()
				if len(c.outcomes) > 0 {
					cell.Text, cell.Status = "languages missing", incomplete
				}
				return cell
			}
			var values []float64
			for _, m := range means {
				values = append(values, of(m))
			}
			var over *transfer.Interval
			if withInterval && metric == 0 {
				_, over, _ = c.others(source)
			}
			return c.spread(values, runs, over)
		}
	}
	all := func(m transfer.Means) float64 { return m.All }
	others := func(m transfer.Means) float64 { return m.Others }
	gap := func(m transfer.Means) float64 { return m.Gap }
	baseline := func(v float64) Cell {
		if len(majority) == 0 {
			return blank()
		}
		return number(100*v, 1)
	}
	rows := [][]Cell{row("mean", baseline(ofMajority.All), mean(all, !hasSource))}
	if hasSource && len(t.languages) > 1 {
		rows = append(rows,
			row("mean without "+source, baseline(ofMajority.Others), mean(others, true)),
			row("cross-lingual gap", baseline(ofMajority.Gap), mean(gap, false)))
	}
	if metric > 0 {
		return rows
	}
	trained := func(head bool) func(c *column) Cell {
		return func(c *column) Cell {
			if len(c.outcomes) == 0 {
				return c.lacking()
			}
			with, without := shares(c.outcomes[0].Record.Counts)
			if !head {
				with = without
			}
			cell := Cell{Text: share(with), Values: []float64{100 * with}}
			return cell.of(c.doneNames()...)
		}
	}
	return append(rows, row("trained", blank(), trained(true)), row("trained, without head", blank(), trained(false)))
}
