package report

import (
	"strings"
	"testing"

	"xpt/internal/study"
	"xpt/metrics"
)

func TestCalibrationByHand(t *testing.T) {
	s := study.Study{Tasks: []string{"xnli"}, Methods: []string{"full", "prefix"}, Seeds: []uint64{1, 2}}
	for _, method := range s.Methods {
		for _, seed := range s.Seeds {
			s.Cells = append(s.Cells, study.Cell{Task: "xnli", Method: method, Seed: seed})
		}
	}
	f := newFolder(t, s)
	of := func(cell study.Cell, c metrics.Calibration) {
		l := accuracy("en", 50, 100)
		l.Calibration = &c
		f.outcome(done(cell, ofFull, l))
	}
	of(s.Cells[0], metrics.Calibration{ECE: 0.1, Scaled: &metrics.Scaled{Temperature: 2, ECE: 0.02}})
	of(s.Cells[1], metrics.Calibration{ECE: 0.3, Scaled: &metrics.Scaled{Temperature: 3, ECE: 0.04}})
	of(s.Cells[2], metrics.Calibration{ECE: 0.2}) // no dev set
	f.outcome(done(s.Cells[3], ofPrefix, accuracy("en", 50, 100)))
	table := make1(t, f.dir).table(t, "xnli-calibration")
	for _, c := range []struct{ row, column, want string }{
		{"en", "full", "20.0 ± 14.1"}, {"en", "full, scaled", "3.0 ± 1.4"}, {"temperature", "full, scaled", "2.50 ± 0.71"},
		{"en", "prefix", "20.0 (1 of 2)"}, {"en", "prefix, scaled", "–"}, {"temperature", "prefix, scaled", "–"}, {"temperature", "full", "–"},
	} {
		if got := table.cell(t, c.row, c.column).Text; got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.row, c.column, got, c.want)
		}
	}
	if !strings.Contains(table.Note, "15 bins") || !strings.Contains(table.Note, "dev set of en") {
		t.Errorf("note: %s", table.Note)
	}
}

// A temperature that ended where the fit does is no fit.
func TestTemperatureAtTheBound(t *testing.T) {
	for temperature, want := range map[float64]string{0.01: "0.01 (at the bound)", 100: "100.00 (at the bound)", 0.02: "0.02"} {
		s := study.Study{Tasks: []string{"xnli"}, Methods: []string{"full"}, Seeds: []uint64{1}, Cells: []study.Cell{{Task: "xnli", Method: "full", Seed: 1}}}
		f := newFolder(t, s)
		l := accuracy("en", 50, 100)
		l.Calibration = &metrics.Calibration{ECE: 0.1, Scaled: &metrics.Scaled{Temperature: temperature, ECE: 0.02}}
		f.outcome(done(s.Cells[0], ofFull, l))
		table := make1(t, f.dir).table(t, "xnli-calibration")
		if got := table.cell(t, "temperature", "full, scaled").Text; got != want || strings.Contains(table.Note, "At the bound") != strings.Contains(want, "bound") {
			t.Errorf("%s, want %s; %s", got, want, table.Note)
		}
	}
}

// A study of an earlier xpt has no table of what it did not record.
func TestNoCalibrationRecorded(t *testing.T) {
	s := study.Study{Tasks: []string{"xnli"}, Methods: []string{"full"}, Seeds: []uint64{1}, Cells: []study.Cell{{Task: "xnli", Method: "full", Seed: 1}}}
	f := newFolder(t, s)
	f.outcome(done(s.Cells[0], ofFull, accuracy("en", 50, 100)))
	for _, table := range make1(t, f.dir).Tables {
		if strings.Contains(table.Name, "calibration") {
			t.Errorf("table %+v", table)
		}
	}
}
