package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"xpt/internal/study"
	"xpt/training"
)

// fewShots is a study of two methods and two seeds with 0, 2 and 8 shots of sw, and of one with 8 shots of tr alone. The examples that are
// right of 100, by method, shots and seed:
//
//	          0 shots   2 of sw   8 of sw
//	prefix sw 40, 44    50, 54    60, 70
//	full   sw 40, 40    44, 44    66, 66
//
// German, which nobody is trained on, has 50 of them in all runs, and 3 more for each run with shots.
func fewShots(t *testing.T) *folder {
	s := study.Study{Title: "Few shots", Checkpoint: "mini", Tasks: []string{"xnli"}, Methods: []string{"prefix", "full"}, Seeds: []uint64{1, 2}}
	inSwahili := map[string]map[int][]int{
		"prefix": {0: {40, 44}, 2: {50, 54}, 8: {60, 70}},
		"full":   {0: {40, 40}, 2: {44, 44}, 8: {66, 66}},
	}
	var outcomes []study.Outcome
	add := func(method string, seed uint64, shots int, in string, sw, tr int) {
		c := study.Cell{Task: "xnli", Method: method, Seed: seed}
		german := 50
		if shots > 0 {
			c.Trial = fmt.Sprintf("shots=%d,%s", shots, in)
			german += 3
		}
		o := done(c, ofPrefix, accuracy("en", 90, 100), accuracy("de", german, 100), accuracy("sw", sw, 100), accuracy("tr", tr, 100))
		o.Record.Options.Shots = shots
		if shots > 0 {
			o.Record.Options.ShotsIn = in
		}
		if shots > 0 && in == "sw" {
			o.Record.Origin = &training.Record{}
		}
		s.Cells = append(s.Cells, c)
		outcomes = append(outcomes, o)
	}
	for _, method := range s.Methods {
		for i, seed := range s.Seeds {
			for _, n := range []int{8, 0, 2} {
				add(method, seed, n, "sw", inSwahili[method][n][i], 40)
			}
		}
	}
	add("prefix", 1, 8, "tr", 40, 55)
	f := newFolder(t, s)
	for _, o := range outcomes {
		f.outcome(o)
	}
	return f
}

// Shots are an axis of their own: of a table and a figure. The study's questions and its main tables are of the runs without any.
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
	want := []string{
		"sw | sw | 0 | 42.0 ± 2.8 | 40.0 ± 0.0",
		"sw | sw | 2 | 52.0 ± 2.8 | 44.0 ± 0.0",
		"sw | sw | 8 | 65.0 ± 7.1 | 66.0 ± 0.0",
		"sw | others | 0 | 50.0 ± 0.0 | 50.0 ± 0.0",
		"sw | others | 2 | 53.0 ± 0.0 | 53.0 ± 0.0",
		"sw | others | 8 | 53.0 ± 0.0 | 53.0 ± 0.0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("by shots\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := table.Rows[1][3]; c.Covers != "examples and seeds" || !slices.Equal(c.Runs, []string{"xnli-prefix-1-shots=2,sw", "xnli-prefix-2-shots=2,sw"}) {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(table.Note, "in brackets the 95 % bootstrap interval over examples and seeds") {
		t.Error(table.Note)
	}
	main := r.table(t, "xnli-scores")
	if n := len(main.Columns); n != 5 || main.cell(t, "sw", "prefix").Text != "42.0 ± 2.8" {
		t.Errorf("the table of scores has %d columns, and in sw %+v", n, main.cell(t, "sw", "prefix"))
	}
	few := r.table(t, "xnli-few-shot-scores")
	if got := few.cell(t, "tr", "prefix, 8 shots of tr alone").Text; got != "55.0" {
		t.Errorf("after 8 shots of tr: %s", got)
	}
	if len(r.table(t, "parity").Rows) != 1 || !strings.Contains(r.Answers[0].Caution, "Of runs without shots only.") {
		t.Errorf("compared: %+v, %q", r.table(t, "parity").Rows, r.Answers[0].Caution)
	}
	at := slices.IndexFunc(r.figures, func(f figure) bool { return f.topic == aboutShots })
	if at < 0 {
		t.Fatal("no figure of shots")
	}
	svg := string(r.figures[at].SVG)
	for _, want := range []string{">shots of Swahili (evenly spaced)<", ">accuracy in percent<", "prefix, 8 shots: 65.0 ± 7.1 ["} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %s", want)
		}
	}
}
