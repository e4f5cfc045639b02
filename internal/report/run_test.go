package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/training"
)

// runOf is the folder of a run with these lines of metrics.
func runOf(t *testing.T, task string, lines ...string) string {
	t.Helper()
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.LearningRate, o.HeadRate = "xglm", task, "prefix", "data", 0.01, 0.02
	o, err := train.Resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	record := training.Record{Options: o, Labels: []string{"a", "b"}, Counts: training.Counts{Backbone: 1000, Adapted: 9, Head: 1}, DType: "float32", Device: "cpu",
		Started: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), Finished: true, Seconds: 12.34,
		Training: &datasets.Sample{Examples: 5, Of: 10}, Dev: &datasets.Sample{Examples: 4, Of: 4}}
	f := &folder{TB: t, dir: t.TempDir()}
	f.write("run.json", record)
	f.raw("metrics.jsonl", []byte(strings.Join(lines, "\n")))
	return f.dir
}

func TestReportOfARun(t *testing.T) {
	dir := runOf(t, "xnli",
		`{"step":1,"epoch":1,"loss":1.5,"learning_rate":0.01,"head_learning_rate":0.02}`, `{"step":2,"epoch":1,"loss":1.25,"learning_rate":0.005,"head_learning_rate":0.01}`,
		`{"step":2,"epoch":1,"dev":0.5,"best":true,"seconds":3}`, `{"step":3,"epoch":2,"loss":1,"learning_rate":0,"head_learning_rate":0}`,
		`{"step":3,"epoch":2,"dev":0.25,"best":false,"seconds":4.5}`, `{"step":4,"epo`)
	r, err := MakeRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Method prefix on task xnli, trained on en with seed 0 (5 of 10 training examples, drawn by seed 0)"; !strings.HasPrefix(r.summary(), want) || !strings.HasSuffix(r.summary(), "Finished in 12.3 s.") {
		t.Errorf("summary %q", r.summary())
	}
	var captions []string
	for _, f := range r.figures {
		captions = append(captions, f.Caption)
	}
	if got := strings.Join(captions, "; "); got != "Training loss by step.; Learning rate by step.; accuracy on the dev set by step. The vertical axis begins at 25." {
		t.Errorf("figures %s", got)
	}
	evaluations := r.table(t, "evaluations")
	if got := evaluations.cell(t, "3", "accuracy"); got.Text != "25.0" || evaluations.cell(t, "2", "best so far").Text != "yes" || len(evaluations.Rows) != 2 {
		t.Errorf("evaluations %+v", evaluations.Rows)
	}
	if got := r.table(t, "settings").cell(t, "--head-learning-rate", "value").Text; got != "0.02" {
		t.Errorf("head rate %s", got)
	}
	if err := r.Save(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(Folder(dir), Page))
	if err != nil || strings.Count(string(page), `role="img"`) != 3 || strings.Contains(string(page), "Answers") || !strings.Contains(string(page), "</svg> head</span>") {
		t.Errorf("%v, page:\n%s", err, page)
	}
}

// A loss on the dev set is shown as one, and a run that has logged nothing has only settings.
func TestReportOfALanguageModelAndOfNothing(t *testing.T) {
	r, err := MakeRun(runOf(t, "lm", `{"step":3,"epoch":2,"dev":-2.5,"best":true,"seconds":4}`))
	if err != nil || r.table(t, "evaluations").cell(t, "3", "loss").Text != "2.5000" || len(r.figures) != 0 {
		t.Errorf("%v, %+v", err, r)
	}
	if r, err = MakeRun(runOf(t, "xnli")); err != nil || len(r.Tables) != 1 || len(r.figures) != 0 {
		t.Errorf("%v, %+v", err, r)
	}
}
