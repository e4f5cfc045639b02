package transfer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/metrics"
	"xpt/training"
)

func lookup(t *testing.T, name string) datasets.Task {
	t.Helper()
	task, err := datasets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func result(run, method string, counts training.Counts, values ...float64) Result {
	r := Result{Run: run, Record: training.Record{Options: training.Options{Task: "panx", Method: method, Language: "en"}, Counts: counts}}
	for i, language := range []string{"en", "de", "sw"} {
		r.Languages = append(r.Languages, metrics.LanguageResult{Code: language, Examples: 10,
			Scores: []metrics.Score{{Metric: "F1", Value: values[i]}}, Majority: []metrics.Score{{Metric: "F1"}}})
	}
	return r
}

func TestTableComparesRuns(t *testing.T) {
	var out strings.Builder
	err := WriteTables(&out, []Result{
		result("a", "prefix", training.Counts{Backbone: 1000, Adapted: 10, Head: 1}, 0.9, 0.5, 0.4),
		result("b", "full", training.Counts{Backbone: 1000, Adapted: 1000, Head: 1}, 0.95, 0.45, 0.3),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `panx, F1 in percent
                 examples  majority  prefix   full
trained                              1.09 %  100 %
en                     10       0.0    90.0   95.0
de                     10       0.0    50.0   45.0
sw                     10       0.0    40.0   30.0
mean                            0.0    60.0   56.7
mean without en                 0.0    45.0   37.5

`
	if out.String() != want {
		t.Errorf("table:\n%s\nwant:\n%s", out.String(), want)
	}
}

// What is left out of a mean is the language that the column's run was trained on.
func TestTableOfRunsOfSeveralLanguages(t *testing.T) {
	c := training.Counts{Backbone: 1000, Adapted: 10}
	german := result("b", "full", c, 0.9, 0.5, 0.4)
	german.Record.Options.Language = "de"
	for want, results := range map[string][]Result{
		"mean without de 0.0 65.0":                      {german},
		"mean without the trained language – 45.0 65.0": {result("a", "prefix", c, 0.9, 0.5, 0.4), german},
	} {
		var out strings.Builder
		if err := WriteTables(&out, results); err != nil || !strings.HasSuffix(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("%v, table:\n%s\nwant it to end with %s", err, &out, want)
		}
	}
}

func TestTwoRunsOfAMethodAreToldApart(t *testing.T) {
	var out strings.Builder
	c := training.Counts{Backbone: 1000, Adapted: 10}
	if err := WriteTables(&out, []Result{result("s1", "prefix", c, 0, 0, 0), result("s2", "prefix", c, 0, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "prefix s1  prefix s2") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestPredictionsInXTREMEsLayout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	languages := []metrics.LanguageResult{{Code: "de", Predicted: [][]string{{"O", "B-PER"}, {"O"}}}}
	if err := WritePredictions(dir, lookup(t, "panx"), "test", languages); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "test-de.tsv"))
	if err != nil || string(text) != "O\nB-PER\n\nO\n" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestChoose(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"test-en.tsv", "test-de.tsv", "dev-en.tsv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("a\tO\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	task := lookup(t, "panx")
	for _, c := range []struct{ split, list, want string }{
		{"", "all", "test en,de"}, {"dev", "all", "dev en"}, {"", "de", "test de"}, {"", "de,en", "test de,en"},
	} {
		split, languages, err := Choose(task, dir, c.split, c.list)
		if got := split + " " + strings.Join(languages, ","); err != nil || got != c.want {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
	if _, _, err := Choose(task, dir, "", "fr"); err == nil || !strings.Contains(err.Error(), `"fr"`) || !strings.Contains(err.Error(), "en, de") {
		t.Errorf("a language that is not there: %v", err)
	}
}
