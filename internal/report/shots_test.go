package report

import (
	"slices"
	"strings"
	"testing"

	"xpt/internal/study"
	"xpt/training"
)

// fewShots is a study of two methods and two seeds whose runs go on with 2 and 8 shots of sw. The examples of sw that are right of 100, by
// shots and seed:
//
//	          0         2         8
//	prefix    40, 44    50, 54    60, missing
//	full      20, 20    44, 44    66, 66
func fewShots(t *testing.T) *folder {
	s := study.Study{Title: "Few shots", Checkpoint: "mini", Tasks: []string{"xnli"}, Methods: []string{"prefix", "full"}, Seeds: []uint64{1, 2}}
	right := map[string]map[int][]int{
		"prefix": {0: {40, 44}, 2: {50, 54}, 8: {60, -1}},
		"full":   {0: {20, 20}, 2: {44, 44}, 8: {66, 66}},
	}
	var outcomes []study.Outcome
	for _, method := range s.Methods {
		for i, seed := range s.Seeds {
			c := study.Cell{Task: "xnli", Method: method, Seed: seed}
			s.Cells = append(s.Cells, c)
			outcomes = append(outcomes, done(c, ofPrefix, accuracy("en", 90, 100), accuracy("de", 50, 100), accuracy("sw", right[method][0][i], 100)))
			for _, n := range []int{2, 8} {
				c.Shots, c.ShotsIn = n, "sw"
				s.FewShot = append(s.FewShot, c)
				if right[method][n][i] < 0 {
					continue
				}
				o := done(c, ofPrefix, accuracy("sw", right[method][n][i], 100))
				o.Record.Options.Shots, o.Record.Options.ShotsIn, o.Record.Origin = n, "sw", &training.Record{}
				outcomes = append(outcomes, o)
			}
		}
	}
	f := newFolder(t, s)
	for _, o := range outcomes {
		f.outcome(o)
	}
	return f
}

// Shots are the axis of a table and of a figure. The other tables are of the runs without any.
func TestShots(t *testing.T) {
	r := make1(t, fewShots(t).dir)
	table := r.table(t, "xnli-shots")
	var got []string
	for _, row := range table.Rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, c.Text)
		}
		got = append(got, strings.Join(cells, " | "))
	}
	want := []string{"sw | 0 | 42.0 ± 2.8 | 20.0 ± 0.0", "sw | 2 | 52.0 ± 2.8 | 44.0 ± 0.0", "sw | 8 | 60.0 (1 of 2) | 66.0 ± 0.0"}
	if !slices.Equal(got, want) {
		t.Errorf("by shots\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	c := table.Rows[1][2]
	if c.Covers != "examples and seeds" || len(c.Values) != 5 || !slices.Equal(c.Runs, []string{"xnli-prefix-1-2-shots-sw", "xnli-prefix-2-2-shots-sw"}) || c.chance || !table.Rows[0][3].chance {
		t.Errorf("%+v, %+v", c, table.Rows[0][3])
	}
	if !strings.Contains(table.Note, "in brackets the 95 % bootstrap interval over examples and seeds") {
		t.Error(table.Note)
	}
	main := r.table(t, "xnli-scores")
	if n := len(main.Columns); n != 5 || main.cell(t, "sw", "prefix").Text != "42.0 ± 2.8" || main.cell(t, "mean without en", "full").Text != "35.0 ± 0.0" {
		t.Errorf("the table of scores has %d columns, and %+v", n, main.Rows)
	}
	if r.Cells != (CellCounts{All: 12, Done: 11, Missing: 1}) || r.table(t, "runs").cell(t, "xnli-prefix-2-8-shots-sw", "status").Text != missing {
		t.Errorf("%+v", r.Cells)
	}
	at := slices.IndexFunc(r.figures, func(f figure) bool { return f.topic == aboutShots })
	if at < 0 {
		t.Fatal("no figure of shots")
	}
	svg := string(r.figures[at].SVG)
	for _, want := range []string{">shots of Swahili (evenly spaced)<", ">accuracy in percent<", "prefix, 2 shots: 52.0 ± 2.8 ["} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %s", want)
		}
	}
}

// Without shots there is no such table.
func TestNoShots(t *testing.T) {
	r := make1(t, small(t).dir)
	if slices.ContainsFunc(r.Tables, func(t *Table) bool { return t.topic == aboutShots }) {
		t.Error("a table of shots")
	}
}
