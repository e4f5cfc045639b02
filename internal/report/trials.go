package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xpt/internal/study"
)

// trialSet is the trials of a method on a task, in the order of its grid.
type trialSet struct {
	task, method string
	cells        []study.Cell
	outcomes     []study.Outcome // of the trials that are done or diverged
	best         study.Outcome   // highest dev score so far; without a record if none is done
	chosen       bool            // best is the choice: no trial is left
}

// trialSets are the study's trials by task and method.
func (m *matrix) trialSets() (sets []*trialSet) {
	for _, c := range m.study.Trials {
		var s *trialSet
		if n := len(sets); n > 0 && sets[n-1].task == c.Task && sets[n-1].method == c.Method {
			s = sets[n-1]
		} else {
			s = &trialSet{task: c.Task, method: c.Method}
			sets = append(sets, s)
		}
		s.cells = append(s.cells, c)
		if status := m.status(c); status == study.Done || status == study.Diverged {
			s.outcomes = append(s.outcomes, m.outcomes[c.Name()])
		}
	}
	for _, s := range sets {
		if best := study.Choose(s.outcomes); best >= 0 {
			s.best, s.chosen = s.outcomes[best], len(s.outcomes) == len(s.cells)
		}
	}
	return sets
}

// below is how far the trial's dev score is below the best, in points.
func (s *trialSet) below(o study.Outcome) float64 {
	return 100 * (s.best.Record.Best.Score - o.Record.Best.Score)
}

// choiceRule says how settings were chosen.
func (m *matrix) choiceRule() string {
	return fmt.Sprintf("Every trial is trained once, with seed %d, and rated by the %s dev set alone, in percent; of equal scores the smaller learning rate wins.",
		m.study.Trials[0].Seed, m.rated)
}

// trialTables list the trials of each task, and what won for all tasks.
func trialTables(m *matrix) (tables []*Table) {
	sets := m.trialSets()
	if sets == nil {
		return nil
	}
	summary := &Table{Name: "choices", Title: "Choice of settings", topic: aboutTrials, Note: m.choiceRule() +
		" Lead: points above the second best. Within a point: trials at most one point below the best, which is one of them. At an end: lists of three values or more whose smallest or largest won, so that a better value may lie outside."}
	summary.Columns = []Column{{Name: "task"}, {Name: "method"}, numberColumn("trials", ""), {Name: "chosen"}, numberColumn("dev", "percent"),
		numberColumn("lead", "points"), numberColumn("range", "points"), numberColumn("within a point", ""), {Name: "at an end"}}
	for _, s := range sets {
		summary.Rows = append(summary.Rows, s.summary())
	}
	for _, name := range m.study.Tasks {
		t := &Table{Task: name, Name: name + "-trials", Title: name + ": trials of settings", topic: aboutTrials, detail: true, Note: m.choiceRule()}
		t.Columns = []Column{{Name: "method"}, {Name: "settings"}, numberColumn("dev", "percent"), numberColumn("below the best", "points"), numberColumn("best at step", ""), {Name: "chosen"}}
		for _, s := range sets {
			if s.task == name {
				t.Rows = append(t.Rows, s.rows(m)...)
			}
		}
		tables = append(tables, t)
	}
	return append([]*Table{summary}, tables...)
}

// summary is a row of the table of choices.
func (s *trialSet) summary() []Entry {
	row := []Entry{text(s.task), text(s.method), count(len(s.cells)), {}, blank(), blank(), blank(), blank(), {}}
	switch {
	case !s.chosen && len(s.outcomes) == len(s.cells):
		row[3] = Entry{Text: "none: all diverged", Status: failed}
		return row
	case !s.chosen:
		row[3] = Entry{Text: fmt.Sprintf("%d of %d trials ended", len(s.outcomes), len(s.cells)), Status: missing}
		return row
	}
	row[3], row[4], row[8] = text(spaced(s.best.Trial)), number(100*s.best.Record.Best.Score, 1), text(s.atAnEnd())
	near := 0
	var others []float64
	for _, o := range s.outcomes {
		if o.Status != study.Done {
			continue
		}
		below := s.below(o)
		if below <= 1 {
			near++
		}
		if o.Trial != s.best.Trial {
			others = append(others, below)
		}
	}
	if others != nil {
		row[5], row[6] = number(slices.Min(others), 1), number(slices.Max(others), 1)
	}
	row[7] = count(near)
	setRuns(row[3:8], []string{s.best.Name()})
	return row
}

// rows are the trials, one a row.
func (s *trialSet) rows(m *matrix) (rows [][]Entry) {
	for _, c := range s.cells {
		row := []Entry{text(s.method), text(spaced(c.Trial)), {}, blank(), blank(), {}}
		if status := m.status(c); status != study.Done {
			row[2] = Entry{Text: status, Status: status}
		} else {
			o := m.outcomes[c.Name()]
			row[2], row[3], row[4] = number(100*o.Record.Best.Score, 1), number(s.below(o), 1), count(o.Record.Best.Step)
		}
		if s.chosen && c.Trial == s.best.Trial {
			row[5].Text = "chosen"
		}
		setRuns(row, []string{c.Name()})
		rows = append(rows, row)
	}
	return rows
}

// spaced is a point of a grid for reading.
func spaced(trial string) string { return strings.ReplaceAll(trial, ",", ", ") }

// atAnEnd names the settings of which the smallest or largest of at least three values won.
func (s *trialSet) atAnEnd() string {
	values, won := map[string][]float64{}, map[string]float64{}
	var order []string
	for _, o := range s.outcomes {
		for one := range strings.SplitSeq(o.Trial, ",") {
			name, number, _ := strings.Cut(one, "=")
			v, err := strconv.ParseFloat(number, 64)
			if err != nil {
				continue
			}
			if values[name] == nil {
				order = append(order, name)
			}
			if !slices.Contains(values[name], v) {
				values[name] = append(values[name], v)
			}
			if o.Trial == s.best.Trial {
				won[name] = v
			}
		}
	}
	var ends []string
	for _, name := range order {
		switch {
		case len(values[name]) < 3:
		case won[name] == slices.Min(values[name]):
			ends = append(ends, name+" (smallest)")
		case won[name] == slices.Max(values[name]):
			ends = append(ends, name+" (largest)")
		}
	}
	return strings.Join(ends, ", ")
}
