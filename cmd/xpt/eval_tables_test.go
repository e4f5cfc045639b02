package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xpt"
	"xpt/datasets"
	"xpt/metrics"
	"xpt/training"
)

func result(run, method string, counts training.Counts, values ...float64) xpt.RunResult {
	r := xpt.RunResult{Run: run, Task: "panx", Split: "test", Data: "data", Checkpoint: "xglm", DType: "float32", Device: "cpu",
		Date: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), Command: "xpt eval a b", Record: training.Record{Options: training.Options{Task: "panx", Method: method, Language: "en"}, Counts: counts}}
	for i, language := range []string{"en", "de", "sw"} {
		r.Languages = append(r.Languages, metrics.LanguageResult{Code: language, Files: []string{"panx/test-" + language + ".tsv"}, Examples: 10,
			Scores: []metrics.Score{{Metric: "F1", Value: values[i]}}, Majority: []metrics.Score{{Metric: "F1"}}})
	}
	return r
}

func TestTableComparesRuns(t *testing.T) {
	var out strings.Builder
	a := result("a", "prefix", training.Counts{Backbone: 1000, Adapted: 10, Head: 1}, 0.9, 0.5, 0.4)
	b := result("b", "full", training.Counts{Backbone: 1000, Adapted: 1000, Head: 1}, 0.95, 0.45, 0.3)
	a.LeftOut = []datasets.LeftOut{{Language: "ar", Why: "has dev"}, {Language: "fr", Why: "has dev"}}
	b.Languages[0].Seen = "chose the state"
	if err := writeTables(&out, []xpt.RunResult{a, b}); err != nil {
		t.Fatal(err)
	}
	want := `panx test, F1 in percent
                      examples  majority  prefix   full  files
trained                                   1.09 %  100 %
en                          10       0.0    90.0  95.0*  panx/test-en.tsv
de                          10       0.0    50.0   45.0  panx/test-de.tsv
sw                          10       0.0    40.0   30.0  panx/test-sw.tsv
mean of 3                            0.0    60.0   56.7
mean of 2 without en                 0.0    45.0   37.5

test split of data
left out, without test data of task panx: ar, fr (has dev)
prefix: a of xglm, trained on en with seed 0; scored in float32 on cpu
full: b of xglm, trained on en with seed 0; scored in float32 on cpu; * en chose the state: not held out
2026-11-27T12:00:00Z xpt eval a b

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
	for want, results := range map[string][]xpt.RunResult{
		"mean of 2 without de 0.0 65.0":                 {german},
		"mean without the trained language – 45.0 65.0": {result("a", "prefix", c, 0.9, 0.5, 0.4), german},
	} {
		var out strings.Builder
		if err := writeTables(&out, results); err != nil || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("%v, table:\n%s\nwant %s in it", err, &out, want)
		}
	}
}

// Shots and the languages of the run before are not zero-shot either.
func TestTableOfShots(t *testing.T) {
	c := training.Counts{Backbone: 1000, Adapted: 10}
	english, swahili := result("a", "prefix", c, 0.9, 0.5, 0.4), result("b", "prefix", c, 0.9, 0.5, 0.6)
	swahili.Record.Options.Shots, swahili.Record.Options.ShotsIn, swahili.Record.Origin = 8, "sw", &english.Record
	var out strings.Builder
	if err := writeTables(&out, []xpt.RunResult{english, swahili}); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"shots – 8 of sw", "mean without the trained language – 45.0 50.0", "trained on 8 shots of sw after en with seed 0"} {
		if !strings.Contains(text, want) {
			t.Errorf("table:\n%s\nwant %s in it", &out, want)
		}
	}
}

// Treebanks of the trained language alone have no mean over other languages.
func TestTableOfTheTrainedLanguageAlone(t *testing.T) {
	r := result("a", "prefix", training.Counts{Backbone: 1000, Adapted: 10}, 0.9, 0.5, 0.4)
	r.Languages = r.Languages[:2]
	r.Languages[0].Code, r.Languages[1].Code = "en_ewt", "en_pud"
	var out strings.Builder
	if err := writeTables(&out, []xpt.RunResult{r}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "mean of 2") || strings.Contains(out.String(), "without en") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestTwoRunsOfAMethodAreToldApart(t *testing.T) {
	var out strings.Builder
	c := training.Counts{Backbone: 1000, Adapted: 10}
	if err := writeTables(&out, []xpt.RunResult{result("s1", "prefix", c, 0, 0, 0), result("s2", "prefix", c, 0, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "prefix s1  prefix s2") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestRunName(t *testing.T) {
	deep := filepath.Join(t.TempDir(), "prefix", "deep")
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	for path, want := range map[string]string{".": "deep", "..": "prefix", "../": "prefix", "../../full/": "full", "x": "x"} {
		if got := xpt.RunName(path); got != want {
			t.Errorf("%s is named %s, want %s", path, got, want)
		}
	}
}

// Probabilities are rated beside the scores; a run whose data had no dev set has no temperature.
func TestTableOfCalibration(t *testing.T) {
	c := training.Counts{Backbone: 1000, Adapted: 10}
	a, b := result("a", "prefix", c, 0, 0, 0), result("b", "full", c, 0, 0, 0)
	for i := range a.Languages {
		a.Languages[i].Calibration = &metrics.Calibration{ECE: 0.1 * float64(i+1), Scaled: &metrics.Scaled{Temperature: 1.2345, ECE: 0.05}}
		b.Languages[i].Calibration = &metrics.Calibration{ECE: 0.5}
	}
	var out strings.Builder
	if err := writeTables(&out, []xpt.RunResult{a, b}); err != nil {
		t.Fatal(err)
	}
	want := `panx test, expected calibration error in percent (15 bins)
             prefix  prefix scaled  full  full scaled
temperature       1           1.23     1            –
en             10.0            5.0  50.0            –
de             20.0            5.0  50.0            –
sw             30.0            5.0  50.0            –
`
	if !strings.Contains(out.String(), want) {
		t.Errorf("table:\n%s\nwant:\n%s", out.String(), want)
	}
}
