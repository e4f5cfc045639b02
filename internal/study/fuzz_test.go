package study

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/heads"
	"xpt/internal/jsonfile"
	"xpt/metrics"
)

// FuzzReadFile holds that what is wrong in a study file is said in one line
// with the file's name, and that what is taken has settings for its cells.
func FuzzReadFile(f *testing.F) {
	for _, name := range []string{"mini.yaml", "paper.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../testdata/study", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "study.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		file, err := ReadFile(path)
		if err != nil {
			if !strings.HasPrefix(err.Error(), path) {
				t.Fatalf("error %q does not name the file", err)
			}
			return
		}
		for _, task := range file.Tasks {
			for _, method := range file.Methods {
				if method == Likelihood {
					continue
				}
				if _, err := file.grid(task, method); err != nil && !strings.HasPrefix(err.Error(), path) {
					t.Fatalf("error %q does not name the file", err)
				}
				if _, err := file.options(Cell{Task: task, Method: method, Pool: string(heads.Last)}); err != nil && !strings.HasPrefix(err.Error(), path) {
					t.Fatalf("error %q does not name the file", err)
				}
			}
		}
	})
}

// FuzzOutcome holds that an outcome that is believed has what the report takes.
func FuzzOutcome(f *testing.F) {
	scores := []metrics.Score{{Metric: "accuracy", Value: 0.5}}
	text, err := json.Marshal(Outcome{Cell: Cell{Task: "xnli", Method: "head", Seed: 1}, Status: Done, Languages: []LanguageResult{
		{LanguageResult: metrics.LanguageResult{Code: "en", Examples: 2, Scores: scores, Majority: scores}, ByExample: ExampleCounts{{Correct: 1, Predicted: 1, Gold: 1}, {Predicted: 1, Gold: 1}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"task":"xnli","method":"head","seed":1,"status":"failed"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o Outcome
		if jsonfile.Unmarshal(data, &o) != nil || o.check("xnli-head-1.json") != nil || o.Status != Done {
			return
		}
		for _, l := range o.Languages {
			if l.Scores[0].Metric != o.Languages[0].Scores[0].Metric || len(l.ByExample) != l.Examples {
				t.Fatalf("%s is believed", data)
			}
		}
	})
}
