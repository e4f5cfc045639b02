package report

import (
	"fmt"

	"xpt/internal/stats"
	"xpt/training"
)

// tally summarises a comparison.
type tally struct {
	better, worse, same, untested int // languages
	zeroShot                      []float64
	mean                          float64  // of zeroShot
	over                          *covered // of mean; nil if unknown
	alone                         bool     // zeroShot has the source language only
	idle                          bool     // neither mean is above the majority baseline's
	majority                      float64
}

func (c *comparison) tally() (t tally) {
	for _, l := range c.languages {
		switch l.verdict() {
		case better:
			t.better++
		case worse:
			t.worse++
		case same:
			t.same++
		default:
			t.untested++
		}
	}
	languages, alone := c.zeroShot()
	var a, b, majority []float64
	for _, l := range languages {
		t.zeroShot = append(t.zeroShot, l.difference())
		if baseline, ok := c.column.task.majority[l.language]; ok {
			a, b, majority = append(a, l.a), append(b, l.b), append(majority, baseline[0])
		}
	}
	t.mean, t.over, t.alone = stats.NewSpread(t.zeroShot).Mean, c.over, alone
	if len(majority) > 0 {
		t.majority = stats.NewSpread(majority).Mean
		t.idle = max(stats.NewSpread(a).Mean, stats.NewSpread(b).Mean) <= t.majority
	}
	return t
}

func (t tally) tested() int { return t.better + t.worse + t.same }

// counts are the parameters of a column's runs.
func (c *column) counts() (training.Counts, bool) {
	if len(c.outcomes) == 0 {
		return training.Counts{}, false
	}
	return c.outcomes[0].Record.Counts, true
}

// table has a comparison by language.
func (c *comparison) table() *Table {
	t := &Table{Task: c.column.task.name, topic: aboutParity}
	t.Name = fmt.Sprintf("%s-%s-against-full", c.column.task.name, c.column.method)
	t.Title = fmt.Sprintf("%s: %s against %s", c.column.task.name, c.column.name, c.full.name)
	if c.column.pool != "" {
		t.Name += "-" + c.column.pool
	}
	t.Columns = []Column{{Name: "language"}, numberColumn(c.column.name, "percent"), numberColumn(c.full.name, "percent"),
		numberColumn("difference", "points", "", "low", "high"), numberColumn("p", ""), numberColumn("p, Holm", ""), {Name: "verdict"}}
	for _, l := range c.languages {
		row := []Entry{text(l.language)}
		if l.status != "" {
			for range t.Columns[1:] {
				row = append(row, Entry{Text: l.status, Status: l.status}.of(l.runs...))
			}
			t.Rows = append(t.Rows, row)
			continue
		}
		row = append(row, number(100*l.a, 1), number(100*l.b, 1), signedNumber(100*l.difference(), 1))
		if l.tested {
			row[3] = row[3].within(l.interval, 100, 1)
			row = append(row, pNumber(l.p), pNumber(l.holm))
		} else {
			row = append(row, blank(), blank())
		}
		verdict := l.verdict()
		if seeds := len(l.seeds); seeds < len(c.column.cells) {
			verdict += fmt.Sprintf(" (%d of %d seeds)", seeds, len(c.column.cells))
			row[3].Status = incomplete
		}
		row = append(row, text(verdict))
		setRuns(row[1:], l.runs)
		t.Rows = append(t.Rows, row)
	}
	t.Note = fmt.Sprintf("Mean over the seeds that both have, in percent; their difference in points%s, both methods on the same draws; "+
		"p of the paired randomisation test, which covers the examples, with the results of all seeds together "+
		"(%d random exchanges, or all where 16 examples or fewer differ; seed %d), adjusted over the languages by Holm; level %.2g.",
		t.brackets(t.Rows), permutationRounds(len(c.languages)), seed, significance)
	return t
}

// incomplete is the column that has no results, or none in common with the other.
func (c *comparison) incomplete() *column {
	if len(c.column.outcomes) > 0 {
		return c.full
	}
	return c.column
}

// runs are the finished runs of both methods.
func (c *comparison) runs() []string { return append(c.column.doneNames(), c.full.doneNames()...) }

// parityTable has the tally of each comparison.
func parityTable(comparisons []*comparison) *Table {
	t := &Table{Name: "parity", Title: "Parameter-efficient methods against full fine-tuning", topic: aboutParity}
	t.Columns = []Column{{Name: "task"}, {Name: "method"},
		numberColumn("trained", "percent of the parameters"), numberColumn("trained, without head", "percent of the parameters"),
		numberColumn("languages", ""), numberColumn("better", ""), numberColumn("worse", ""),
		numberColumn("no significant difference", ""), numberColumn("not compared", ""),
		numberColumn("mean difference", "points", "", "low", "high")}
	for _, c := range comparisons {
		row := []Entry{text(c.column.task.name), text(c.column.name)}
		if n, ok := c.column.counts(); ok {
			with, without := shares(n)
			row = append(row, shareNumber(with), shareNumber(without))
		} else {
			row = append(row, c.column.lacking(), c.column.lacking())
		}
		s := c.tally()
		row = append(row, count(len(c.languages)), count(s.better), count(s.worse), count(s.same), count(s.untested))
		if len(s.zeroShot) == 0 {
			row = append(row, c.incomplete().lacking())
		} else {
			row = append(row, signedNumber(100*s.mean, 1).within(s.over, 100, 1))
		}
		setRuns(row[2:], c.runs())
		t.Rows = append(t.Rows, row)
	}
	t.Note = fmt.Sprintf("Languages in which the method is better, worse or not significantly different (Holm, level %.2g); "+
		"mean difference in points over the languages that were not trained on%s.", significance, t.brackets(t.Rows))
	return t
}
