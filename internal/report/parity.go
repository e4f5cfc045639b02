package report

import (
	"fmt"
	"strings"

	"xpt/internal/train"
	"xpt/internal/transfer"
)

// tally sums up a comparison.
type tally struct {
	better, worse, same, untested int // languages
	zeroShot                      []float64
	mean                          float64 // difference over the languages of zeroShot
	over                          *transfer.Interval
	alone                         bool // zeroShot has the trained language only
	idle                          bool // by the mean over the same languages, neither is above the best constant answer
	majority                      float64
}

func (c *comparison) tally() (t tally) {
	var trained []float64
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
		switch {
		case l.status != "":
		case l.language == c.source:
			trained = append(trained, l.difference())
		default:
			t.zeroShot = append(t.zeroShot, l.difference())
		}
	}
	if t.zeroShot == nil {
		t.zeroShot, t.alone = trained, true
	}
	t.mean, t.over = overLanguages(t.zeroShot)
	var a, b, majority []float64 // over the languages of zeroShot
	for _, l := range c.languages {
		if constant, ok := c.column.task.majority[l.language]; ok && l.status == "" && (l.language == c.source) == t.alone {
			a, b, majority = append(a, l.a), append(b, l.b), append(majority, constant[0])
		}
	}
	if len(majority) > 0 {
		t.majority = transfer.NewSpread(majority).Mean
		t.idle = max(transfer.NewSpread(a).Mean, transfer.NewSpread(b).Mean) <= t.majority
	}
	return t
}

func (t tally) tested() int { return t.better + t.worse + t.same }

// counts are the parameters of a column's runs.
func (c *column) counts() (train.Counts, bool) {
	if len(c.outcomes) == 0 {
		return train.Counts{}, false
	}
	return c.outcomes[0].Record.Counts, true
}

// table shows a comparison by language.
func (c *comparison) table() *Table {
	t := &Table{Task: c.column.task.name, Name: fmt.Sprintf("%s-%s-against-full", c.column.task.name, c.column.method), topic: aboutParity}
	t.Title = fmt.Sprintf("%s: %s against %s", c.column.task.name, c.column.name, c.full.name)
	if c.column.pool != "" {
		t.Name += "-" + c.column.pool
	}
	t.Note = fmt.Sprintf("Mean over the seeds that both have, in percent; their difference in points with the %.0f %% bootstrap interval over examples (%d rounds, seed %d; both methods on the same samples); paired randomisation test (%d random exchanges, or all where 16 examples or fewer differ; seed %d), adjusted over the languages by Holm; level %.2g.",
		100*level, bootstrapRounds, seed, permutationRounds(len(c.languages)), seed, significance)
	t.Columns = []Column{{Name: "language"}, numberColumn(c.column.name, "percent"), numberColumn(c.full.name, "percent"),
		numberColumn("difference", "points", "", "low", "high"), numberColumn("p", ""), numberColumn("p, Holm", ""), {Name: "verdict"}}
	for _, l := range c.languages {
		row := []Cell{text(l.language)}
		if l.status != "" {
			for range t.Columns[1:] {
				row = append(row, Cell{Text: l.status, Status: l.status}.of(l.runs...))
			}
			t.Rows = append(t.Rows, row)
			continue
		}
		row = append(row, number(100*l.a, 1), number(100*l.b, 1), Cell{Text: signed(100*l.difference(), 1), Values: []float64{100 * l.difference()}})
		if l.tested {
			row[3].Aside = interval(100*l.interval.Low, 100*l.interval.High, 1)
			row[3].Values = append(row[3].Values, 100*l.interval.Low, 100*l.interval.High)
			row = append(row, Cell{Text: pValue(l.p), Values: []float64{l.p}}, Cell{Text: pValue(l.holm), Values: []float64{l.holm}})
		} else {
			row = append(row, blank(), blank())
		}
		verdict := l.verdict()
		if l.seeds < len(c.column.cells) {
			verdict += fmt.Sprintf(" (%d of %d seeds)", l.seeds, len(c.column.cells))
			row[3].Status = incomplete
		}
		row = append(row, text(verdict))
		for i := range row[1:] {
			row[1+i] = row[1+i].of(l.runs...)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// runs are all that a comparison rests on.
func (c *comparison) runs() []string { return append(c.column.doneNames(), c.full.doneNames()...) }

// parityTable sums up the comparisons.
func parityTable(comparisons []*comparison) *Table {
	t := &Table{Name: "parity", Title: "Prompts against full fine-tuning", topic: aboutParity}
	t.Note = fmt.Sprintf("Languages in which the method is better, worse or not significantly different (Holm, level %.2g); mean difference in points over the languages that were not trained on, with the interval that resampling them gives (%d rounds, seed %d).",
		significance, bootstrapRounds, seed)
	t.Columns = []Column{{Name: "task"}, {Name: "method"}, numberColumn("trained", "percent of the parameters"), numberColumn("trained, without head", "percent of the parameters"),
		numberColumn("languages", ""), numberColumn("better", ""), numberColumn("worse", ""), numberColumn("no significant difference", ""), numberColumn("not compared", ""),
		numberColumn("mean difference", "points", "", "low", "high")}
	for _, c := range comparisons {
		row := []Cell{text(c.column.task.name), text(c.column.name)}
		if n, ok := c.column.counts(); ok {
			with, without := shares(n)
			row = append(row, Cell{Text: share(with), Values: []float64{100 * with}}, Cell{Text: share(without), Values: []float64{100 * without}})
		} else {
			row = append(row, c.column.lacking(), c.column.lacking())
		}
		s := c.tally()
		row = append(row, count(len(c.languages)), count(s.better), count(s.worse), count(s.same), count(s.untested))
		switch {
		case len(s.zeroShot) == 0:
			lacking := c.column.lacking()
			if len(c.column.outcomes) > 0 {
				lacking = c.full.lacking()
			}
			row = append(row, lacking)
		default:
			cell := Cell{Text: signed(100*s.mean, 1), Values: []float64{100 * s.mean}}
			if s.over != nil {
				cell.Aside = interval(100*s.over.Low, 100*s.over.High, 1)
				cell.Values = append(cell.Values, 100*s.over.Low, 100*s.over.High)
			}
			row = append(row, cell)
		}
		for i := range row[2:] {
			if row[2+i].Runs == nil {
				row[2+i] = row[2+i].of(c.runs()...)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// onPar answers the first question.
func onPar(m *matrix, comparisons []*comparison) Answer {
	a := Answer{Question: "On par? Do prompts reach full fine-tuning?", Tables: []string{"parity"}}
	if len(comparisons) == 0 {
		a.Sentences = []string{"This study cannot say: it has no cells of a prompt method and of full fine-tuning on the same task."}
		a.Tables = nil
		return a
	}
	var above, below, across, unknown []string
	nothing, idle := 0, 0
	for _, c := range comparisons {
		s := c.tally()
		if s.idle {
			idle++
		}
		switch {
		case len(s.zeroShot) == 0:
			nothing++
		case s.over == nil:
			unknown = append(unknown, c.column.label())
		case s.over.Low > 0:
			above = append(above, c.column.label())
		case s.over.High < 0:
			below = append(below, c.column.label())
		default:
			across = append(across, c.column.label())
		}
		a.Sentences = append(a.Sentences, c.sentence(s))
	}
	compared := len(comparisons) - nothing
	if compared == 0 {
		a.Sentences = append([]string{"There is nothing to compare yet: cells are missing or failed."}, a.Sentences...)
		return a
	}
	whole := func(of []string) string {
		if len(of) == compared {
			return fmt.Sprintf("all %d comparisons", compared)
		}
		return fmt.Sprintf("%d of %d comparisons (%s)", len(of), compared, strings.Join(of, "; "))
	}
	var parts []string
	for _, p := range []struct {
		what string
		of   []string
	}{{"above full fine-tuning in", above}, {"level with it (the interval has 0 in it) in", across}, {"below it in", below}, {"without an interval in", unknown}} {
		if len(p.of) > 0 {
			parts = append(parts, p.what+" "+whole(p.of))
		}
	}
	lead := fmt.Sprintf("By the mean over languages, prompts are %s.", strings.Join(parts, ", "))
	if above == nil {
		lead = strings.Replace(lead, "level with it", "level with full fine-tuning", 1)
		if across == nil {
			lead = strings.Replace(lead, "below it", "below full fine-tuning", 1)
		}
	}
	if idle > 0 {
		lead += fmt.Sprintf(" In %d of the %d neither method is above the best constant answer: there is nothing learned to compare.", idle, compared)
	}
	if nothing > 0 {
		lead += fmt.Sprintf(" Not compared: %d more, whose cells are missing or failed.", nothing)
	}
	if len(m.study.Seeds) == 1 {
		lead += " There is one seed only: how much of this is the chance of one training is unknown."
	}
	a.Sentences = append([]string{lead}, a.Sentences...)
	return a
}

// sentence is a comparison's verdict in words.
func (c *comparison) sentence(s tally) string {
	name := c.column.label()
	if n, ok := c.column.counts(); ok {
		with, without := shares(n)
		name += fmt.Sprintf(" (trains %s of the parameters, %s without the head)", share(with), share(without))
	}
	if len(s.zeroShot) == 0 {
		what := c.column
		if len(c.column.outcomes) > 0 {
			what = c.full
		}
		return fmt.Sprintf("%s: nothing to compare, %s is %s.", name, what.name, what.lacking().Text)
	}
	text := name + ": "
	if n := s.tested(); n > 0 {
		text += fmt.Sprintf("better than full fine-tuning in %d, worse in %d, no significant difference in %d of %d %s", s.better, s.worse, s.same, n, plural(n, "language"))
	} else {
		text += "not tested, as the two were not evaluated on the same examples"
	}
	if s.untested > 0 && s.tested() > 0 {
		text += fmt.Sprintf(" (%d not compared)", s.untested)
	}
	over := fmt.Sprintf("over %d %s not trained on", len(s.zeroShot), plural(len(s.zeroShot), "language"))
	if s.alone {
		over = "in the trained language"
	}
	text += fmt.Sprintf("; mean difference %s points %s", signed(100*s.mean, 1), over)
	if s.over != nil {
		text += " " + interval(100*s.over.Low, 100*s.over.High, 1)
	}
	if s.idle {
		text += fmt.Sprintf("; neither is above the best constant answer (%s %%)", decimal(100*s.majority, 1))
	}
	return text + "."
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
