package transfer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/metrics"
)

func lookup(t *testing.T, name string) datasets.Task {
	t.Helper()
	task, err := datasets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// dataOf is a task's data of one file in German.
func dataOf(t *testing.T, task, split, content string) *train.Data {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, split+"-de.tsv"), []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return train.NewData(lookup(t, task), dir)
}

func TestPredictions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	data := dataOf(t, "panx", "test", "bei\tO\n<Anna>\tO\n\nJa\tO\n")
	languages := []metrics.LanguageResult{{Code: "de", Predicted: [][]string{{"O", "B-PER"}, {"O"}}, Probabilities: [][]float64{{0.5, 1.0 / 3}, {1}}}}
	if err := WritePredictions(dir, data, "test", datasets.Limit{}, languages); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"test-de.tsv": "O\nB-PER\n\nO\n",
		"test-de.jsonl": `{"id":"1","file":"test-de.tsv","line":1,"words":["bei","<Anna>"],"gold":["O","O"],"predicted":["O","B-PER"],"probabilities":[0.5,0.333333]}
{"id":"2","file":"test-de.tsv","line":4,"words":["Ja"],"gold":["O"],"predicted":["O"],"probabilities":[1]}
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
	data := dataOf(t, "xnli", "dev", "Es regnet.\tNein.\n")
	languages := []metrics.LanguageResult{{Code: "de", Predicted: [][]string{{"neutral"}}, Probabilities: [][]float64{{0.25, 0.5, 0.25}}}}
	if err := WritePredictions(dir, data, "dev", datasets.Limit{}, languages); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "dev-de.jsonl"))
	if want := `{"id":"1","file":"dev-de.tsv","line":1,"text":"Es regnet.","pair":"Nein.","gold":null,"predicted":"neutral","probabilities":{"contradiction":0.25,"entailment":0.25,"neutral":0.5}}` + "\n"; err != nil || string(text) != want {
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
