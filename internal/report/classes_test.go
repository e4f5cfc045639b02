package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"xpt/internal/study"
	"xpt/metrics"
)

func TestClassesByHand(t *testing.T) {
	s := study.Study{Tasks: []string{"panx"}, Methods: []string{"full", "prefix"}, Seeds: []uint64{1, 2}}
	for _, method := range s.Methods {
		for _, seed := range s.Seeds {
			s.Cells = append(s.Cells, study.Cell{Task: "panx", Method: method, Seed: seed})
		}
	}
	class := func(name string, correct, predicted, gold int) metrics.Class {
		return metrics.Class{Name: name, Counts: metrics.Counts{Correct: correct, Predicted: predicted, Gold: gold}}
	}
	f := newFolder(t, s)
	of := func(cell study.Cell, classes ...[]metrics.Class) {
		var languages []study.LanguageResult
		for i, language := range []string{"en", "de", "fr"} {
			l := accuracy(language, 50, 100)
			l.Classes = classes[i]
			languages = append(languages, l)
		}
		f.outcome(done(cell, ofFull, languages...))
	}
	of(s.Cells[0], []metrics.Class{class("LOC", 3, 4, 6)}, []metrics.Class{class("LOC", 1, 1, 3), class("PER", 0, 5, 0)}, []metrics.Class{class("LOC", 2, 2, 2)})
	of(s.Cells[1], []metrics.Class{class("LOC", 6, 6, 6)}, []metrics.Class{class("LOC", 3, 3, 3)}, []metrics.Class{class("LOC", 2, 2, 2)})
	f.outcome(done(s.Cells[2], ofPrefix, accuracy("en", 50, 100))) // counted by class nowhere
	r := make1(t, f.dir)
	table := r.table(t, "panx-classes")
	if len(table.Rows) != 2 || table.Rows[0][1].Text != "en" || table.Rows[1][1].Text != "others" {
		t.Fatalf("a class that no text has is shown, or one that is there is not: %+v", table.Rows)
	}
	near(t, "gold in en", table.Rows[0][2].Values, 6)
	near(t, "gold elsewhere", table.Rows[1][2].Values, 5)
	// en: 6/10 and 1. Others: the means of 2/4 and 1, and of 1 and 1.
	near(t, "en", table.Rows[0][3].Values, 80, 100*math.Sqrt(0.08), 2)
	near(t, "others", table.Rows[1][3].Values, 87.5, 100*math.Sqrt(0.03125), 2)
	if table.Rows[0][4].Text != "–" {
		t.Errorf("a run without counts by class: %+v", table.Rows[0][4])
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || strings.Contains(text.String(), "F1 by class") {
		t.Errorf("the terminal shows every class: %v", err)
	}
}
