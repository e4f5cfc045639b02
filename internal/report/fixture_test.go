package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"xpt/internal/study"
	"xpt/metrics"
	"xpt/training"
)

// folder is a study folder that a test makes.
type folder struct {
	testing.TB
	dir   string
	study study.Study
}

func newFolder(t testing.TB, s study.Study) *folder {
	t.Helper()
	if s.Language == "" {
		s.Language = "en"
	}
	f := &folder{t, t.TempDir(), s}
	f.write("study.json", s)
	return f
}

func (f *folder) write(name string, value any) {
	f.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		f.Fatal(err)
	}
	f.raw(name, b)
}

func (f *folder) raw(name string, b []byte) {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		f.Fatal(err)
	}
}

func (f *folder) outcome(o study.Outcome) {
	f.Helper()
	if err := study.WriteOutcome(f.dir, o); err != nil {
		f.Fatal(err)
	}
}

// done is the outcome of a cell over languages.
func done(c study.Cell, counts training.Counts, languages ...study.LanguageResult) study.Outcome {
	return study.Outcome{Cell: c, Status: study.Done, Languages: languages, Seconds: 12, Split: "test",
		Record: training.Record{Options: training.Options{Task: c.Task, Method: c.Method}, Counts: counts, DType: "float32", Device: "cpu", Torch: "2.15.0", Finished: true}}
}

// accuracy is a language in which the first right examples of n are right.
func accuracy(language string, right, n int) study.LanguageResult {
	return answers(language, func(i int) bool { return i < right }, n)
}

func answers(language string, right func(i int) bool, n int) study.LanguageResult {
	counts := make(study.ExampleCounts, n)
	correct := 0
	for i := range counts {
		counts[i] = metrics.Counts{Predicted: 1, Gold: 1}
		if right(i) {
			counts[i].Correct = 1
			correct++
		}
	}
	l := study.LanguageResult{ByExample: counts, Digest: fmt.Sprintf("%s %d", language, n)}
	l.LanguageResult = metrics.LanguageResult{Code: language, Examples: n, Scores: []metrics.Score{{Metric: "accuracy", Value: float64(correct) / float64(n)}},
		Majority: []metrics.Score{{Metric: "accuracy", Value: 0.25}}}
	return l
}

func save(dir string) error {
	r, err := Make(dir)
	if err != nil {
		return err
	}
	return r.Save(dir)
}

func make1(t testing.TB, dir string) *Report {
	t.Helper()
	r, err := Make(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Report) table(t testing.TB, name string) *Table {
	t.Helper()
	for _, table := range r.Tables {
		if table.Name == name {
			return table
		}
	}
	t.Fatalf("no table %s", name)
	return nil
}

// cell finds a cell by what heads its row and its column.
func (t *Table) cell(tb testing.TB, row, column string) Entry {
	tb.Helper()
	for _, cells := range append(t.Rows, t.Foot...) {
		for i, c := range t.Columns {
			if cells[0].Text == row && c.Name == column {
				return cells[i]
			}
		}
	}
	tb.Fatalf("table %s has no cell %s x %s", t.Name, row, column)
	return Entry{}
}
