package transfer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xpt/datasets"
	"xpt/internal/metrics"
	"xpt/internal/train"
)

func lookup(t *testing.T, name string) datasets.Task {
	t.Helper()
	task, err := datasets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func result(run, method string, counts train.Counts, values ...float64) RunResult {
	r := RunResult{Run: run, Task: "panx", Split: "test", Data: "data", Checkpoint: "xglm", DType: "float32", Device: "cpu",
		Date: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), Command: "xpt eval a b", Record: train.Record{Options: train.Options{Task: "panx", Method: method, Language: "en"}, Counts: counts}}
	for i, language := range []string{"en", "de", "sw"} {
		r.Languages = append(r.Languages, LanguageResult{Code: language, Files: []string{"panx/test-" + language + ".tsv"}, Examples: 10,
			Scores: []metrics.Score{{Metric: "F1", Value: values[i]}}, Majority: []metrics.Score{{Metric: "F1"}}})
	}
	return r
}

func TestTableComparesRuns(t *testing.T) {
	var out strings.Builder
	a := result("a", "prefix", train.Counts{Backbone: 1000, Adapted: 10, Head: 1}, 0.9, 0.5, 0.4)
	b := result("b", "full", train.Counts{Backbone: 1000, Adapted: 1000, Head: 1}, 0.95, 0.45, 0.3)
	a.LeftOut = []datasets.LeftOut{{Language: "ar", Why: "has dev"}, {Language: "fr", Why: "has dev"}}
	b.Languages[0].Seen = "chose the state"
	if err := WriteTables(&out, []RunResult{a, b}); err != nil {
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
	c := train.Counts{Backbone: 1000, Adapted: 10}
	german := result("b", "full", c, 0.9, 0.5, 0.4)
	german.Record.Options.Language = "de"
	for want, results := range map[string][]RunResult{
		"mean of 2 without de 0.0 65.0":                 {german},
		"mean without the trained language – 45.0 65.0": {result("a", "prefix", c, 0.9, 0.5, 0.4), german},
	} {
		var out strings.Builder
		if err := WriteTables(&out, results); err != nil || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
			t.Errorf("%v, table:\n%s\nwant %s in it", err, &out, want)
		}
	}
}

func TestTwoRunsOfAMethodAreToldApart(t *testing.T) {
	var out strings.Builder
	c := train.Counts{Backbone: 1000, Adapted: 10}
	if err := WriteTables(&out, []RunResult{result("s1", "prefix", c, 0, 0, 0), result("s2", "prefix", c, 0, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "prefix s1  prefix s2") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestPredictions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	data := train.NewData(lookup(t, "panx"), "data")
	languages := []LanguageResult{{Code: "de", Predicted: [][]string{{"O", "B-PER"}, {"O"}}, Probabilities: [][]float64{{0.5, 1.0 / 3}, {1}},
		Gold: []datasets.Example{{ID: "1", File: "data/panx/test-de.tsv", Line: 1, Words: []string{"bei", "<Anna>"}, Tags: []string{"O", "O"}}, {ID: "2", File: "data/panx/test-de.tsv", Line: 4, Words: []string{"Ja"}}}}}
	if err := WritePredictions(dir, data, "test", languages); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"test-de.tsv": "O\nB-PER\n\nO\n",
		"test-de.jsonl": `{"id":"1","file":"panx/test-de.tsv","line":1,"words":["bei","<Anna>"],"gold":["O","O"],"predicted":["O","B-PER"],"probabilities":[0.5,0.333333]}
{"id":"2","file":"panx/test-de.tsv","line":4,"words":["Ja"],"gold":null,"predicted":["O"],"probabilities":[1]}
`} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != want {
			t.Errorf("%s: %s, %v, want %s", name, text, err, want)
		}
	}
	if err := CheckPredictions(dir, data.Task, "test", []string{"de"}); err != nil {
		t.Errorf("predictions of an earlier evaluation: %v", err)
	}
	path := filepath.Join(dir, "test-de.jsonl")
	if err := os.WriteFile(path, []byte(`{"words":["bei"],"tags":["O"]}`), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := CheckPredictions(dir, data.Task, "test", []string{"de"}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("data where predictions are to be written: %v", err)
	}
}

func TestPredictionsOfPairs(t *testing.T) {
	dir := t.TempDir()
	data := train.NewData(lookup(t, "xnli"), "data")
	languages := []LanguageResult{{Code: "de", Predicted: [][]string{{"neutral"}}, Probabilities: [][]float64{{0.25, 0.5, 0.25}},
		Gold: []datasets.Example{{ID: "7", File: "data/dev-de.tsv", Line: 7, Text: "Es regnet.", Pair: "Nein.", Label: "neutral"}}}}
	if err := WritePredictions(dir, data, "dev", languages); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "dev-de.jsonl"))
	if want := `{"id":"7","file":"dev-de.tsv","line":7,"text":"Es regnet.","pair":"Nein.","gold":"neutral","predicted":"neutral","probabilities":{"contradiction":0.25,"entailment":0.25,"neutral":0.5}}` + "\n"; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
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
		chosen, err := Choose(task, dir, c.split, c.list)
		if got := chosen.Split + " " + strings.Join(chosen.Languages, ","); err != nil || got != c.want {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
	if _, err := Choose(task, dir, "", "fr"); err == nil || !strings.Contains(err.Error(), `"fr"`) || !strings.Contains(err.Error(), "en, de") {
		t.Errorf("a language that is not there: %v", err)
	}
}

func TestRunName(t *testing.T) {
	deep := filepath.Join(t.TempDir(), "prefix", "deep")
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	for path, want := range map[string]string{".": "deep", "..": "prefix", "../": "prefix", "../../full/": "full", "x": "x"} {
		if got := RunName(path); got != want {
			t.Errorf("%s is named %s, want %s", path, got, want)
		}
	}
}
