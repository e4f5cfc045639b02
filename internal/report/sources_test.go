package report

import (
	"strings"
	"testing"
	"time"

	"xpt/datasets"
	"xpt/internal/study"
	"xpt/training"
)

// A reader learns what was scored: split, files, what chose the state, what is left out, when, and by what command.
func TestReportSaysWhatWasScored(t *testing.T) {
	cell := study.Cell{Task: "xnli", Method: "prefix", Seed: 1}
	f := newFolder(t, study.Study{Tasks: []string{"xnli"}, Methods: []string{"prefix"}, Seeds: []uint64{1}, Cells: []study.Cell{cell}, EvalLimit: 10, Command: "xpt study mine.yaml"})
	en, de := accuracy("en", 9, 10), accuracy("de", 8, 10)
	en.Of, en.Files, en.Seen, de.Files = 2490, []string{"xnli/dev-en.tsv"}, "chose the state", []string{"xnli/dev-de.tsv"}
	o := done(cell, training.Counts{Backbone: 100, Adapted: 1}, en, de)
	o.Split, o.LeftOut, o.Ended = "dev", []datasets.LeftOut{{Language: "sw", Why: "has test"}}, time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	f.outcome(o)
	r := make1(t, f.dir)
	table := r.table(t, "xnli-data")
	if got := table.cell(t, "en", "files").Text + ", " + table.cell(t, "en", "known to the runs").Text; got != "xnli/dev-en.tsv, chose the state" {
		t.Errorf("English is of %s", got)
	}
	if got := table.cell(t, "en", "examples").Text; got != "10 of 2,490" {
		t.Errorf("English has %s examples", got)
	}
	if got := table.cell(t, "de", "name").Text + table.cell(t, "de", "known to the runs").Text; got != "German" {
		t.Errorf("German is of %s", got)
	}
	if table.Note != "At most 10 examples of a language, drawn by seed 1. Left out, without dev data of task xnli: sw (has test)." {
		t.Errorf("note %q", table.Note)
	}
	var out strings.Builder
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Computed in float32, 2026-11-27, by xpt study mine.yaml.", "xnli: accuracy in percent, dev split\n", "Not held out: en (chose the state).\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the terminal lacks %q:\n%s", want, &out)
		}
	}
}
