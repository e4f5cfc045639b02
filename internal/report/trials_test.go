package report

import (
	"strings"
	"testing"

	"xpt/internal/study"
	"xpt/training"
)

// What was tried, what won, how flat the optimum is, and the trials among the runs.
func TestTrials(t *testing.T) {
	cell := study.Cell{Task: "udpos", Method: "prompt", Pool: "last", Seed: 1}
	trial := func(point string) study.Cell {
		c := cell
		c.Trial = point
		return c
	}
	s := study.Study{Tasks: []string{"udpos"}, Methods: []string{"prompt"}, Pools: []string{"last"}, Seeds: []uint64{1}, Cells: []study.Cell{cell}}
	for _, point := range []string{"learning-rate=0.001", "learning-rate=0.01", "learning-rate=0.1", "learning-rate=1"} {
		s.Trials = append(s.Trials, trial(point))
	}
	f := newFolder(t, s)
	for i, dev := range []float64{0.8, 0.895, 0.9} {
		o := study.Outcome{Cell: s.Trials[i], Status: study.Done, Record: training.Record{Best: &training.Evaluation{Step: 10 * (i + 1), Score: dev}}}
		f.outcome(o)
	}
	early := make1(t, f.dir)
	if e := early.table(t, "choices").cell(t, "udpos", "chosen"); e.Text != "3 of 4 trials ended" || e.Status != missing {
		t.Errorf("before the last trial ended: %+v", e)
	}
	if early.Cells != (CellCounts{All: 5, Done: 3, Missing: 2}) {
		t.Errorf("cells %+v", early.Cells)
	}
	f.outcome(study.Outcome{Cell: s.Trials[3], Status: study.Diverged, Error: "step 3: the loss is NaN"})
	o := done(cell, training.Counts{Backbone: 100, Adapted: 1, Head: 1}, accuracy("en", 9, 10), accuracy("de", 8, 10), accuracy("fr", 4, 10))
	o.Record.Options.Shots, o.Record.Options.ShotsIn = 8, "de"
	f.outcome(o)
	r := make1(t, f.dir)
	choices := r.table(t, "choices")
	for column, want := range map[string]string{"trials": "4", "chosen": "learning-rate=0.1", "dev": "90.0", "lead": "0.5", "range": "10.0", "within a point": "2", "at an end": ""} {
		if got := choices.cell(t, "udpos", column).Text; got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if !strings.Contains(choices.Note, "the en dev set alone") {
		t.Errorf("note %q", choices.Note)
	}
	if mean := r.table(t, "udpos-scores").cell(t, "mean without en,de", "prompt").Text; mean != "40.0" {
		t.Errorf("a language of shots counts as one that was not trained on: %s", mean)
	}
	rows := r.table(t, "udpos-trials").Rows
	if len(rows) != 4 || rows[2][5].Text != "chosen" || rows[1][5].Text != "" || rows[1][3].Text != "0.5" || rows[3][2].Text != study.Diverged {
		t.Errorf("trials %+v", rows)
	}
	runs := r.table(t, "runs")
	if got := runs.cell(t, s.Trials[3].Name(), "status").Text; got != study.Diverged || len(runs.Rows) != 5 {
		t.Errorf("a trial among the %d runs is %q", len(runs.Rows), got)
	}
	if r.Cells != (CellCounts{All: 5, Done: 5}) {
		t.Errorf("cells %+v", r.Cells)
	}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil || !strings.Contains(b.String(), "learning-rate=0.1") || strings.Contains(b.String(), "learning-rate=0.001") {
		t.Errorf("on a terminal, %v:\n%s", err, b.String())
	}
	if err := r.Save(f.dir); err != nil {
		t.Error(err)
	}
}
