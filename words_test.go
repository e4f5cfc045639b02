package xpt_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"xpt"
	"xpt/training"
)

// A prompt that was trained with labels by words answers as the templates of a language model with it do, has no head, and
// does the same as a PEFT adapter.
func TestLabelsByWords(t *testing.T) {
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "xnli"), 0o777); err != nil {
		t.Fatal(err)
	}
	rows := "the cat sleeps\ta cat sleeps\tentailment\na dog eats\tthe cat is there\tneutral\nthe dog sleeps\tthe dog eats\tcontradiction\n" +
		"a cat eats the dog\ta dog sleeps\tcontradiction\n"
	for _, name := range []string{"train-en", "dev-en", "test-en"} {
		if err := os.WriteFile(filepath.Join(data, "xnli", name+".tsv"), []byte(rows), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Epochs, o.LabelsByWords, o.LearningRate, o.WarmUp = checkpoint, "xnli", "prompt", data, 20, true, 0.05, 0
	run := filepath.Join(t.TempDir(), "run")
	var losses []float64
	record, err := xpt.Train(t.Context(), run, o, float32s, func(e training.Event) {
		if s, ok := e.(training.Step); ok {
			losses = append(losses, s.Loss)
		}
	})
	if err != nil || record.Counts.Head != 0 || record.Counts.Adapted == 0 {
		t.Fatalf("%+v, %v", record.Counts, err)
	}
	if first, last := losses[0], losses[len(losses)-1]; last > first-0.1 {
		t.Errorf("the loss was %v and is %v", first, last)
	}
	m, err := xpt.OpenRun(run, float32s)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	trained, err := m.Evaluate(t.Context(), xpt.EvaluateOptions{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	z, err := xpt.OpenZeroShot(xpt.ZeroShotOptions{Template: "xnli", Data: data})
	if err != nil {
		t.Fatal(err)
	}
	var acc float64
	asModel := open(t, xpt.Options{Adapter: run, Compute: float32s})
	if err := asModel.AnswerZeroShot(t.Context(), z, func(r xpt.ZeroShotResult) error { acc = r.Acc; return nil }, nil); err != nil {
		t.Fatal(err)
	}
	if got := trained.Languages[0].Scores[0].Value; got != acc || record.Best == nil || got != record.Best.Score {
		t.Errorf("accuracy %v, by the template %v, on the same dev set %+v", got, acc, record.Best)
	}
	peft := filepath.Join(t.TempDir(), "peft")
	if _, err := xpt.Convert(t.Context(), run, peft, xpt.ConvertOptions{To: "peft"}); err != nil {
		t.Fatal(err)
	}
	adapter, err := xpt.OpenAdapter(peft, xpt.AdapterOptions{Compute: float32s})
	if err != nil {
		t.Fatal(err)
	}
	defer adapter.Close()
	inputs := [][]string{{"the cat sleeps", "a cat sleeps"}, {"a dog eats", "the cat is there"}}
	want, err := m.Predict(t.Context(), inputs)
	if err != nil || len(want) != 2 || len(want[0].Probabilities[0]) != 3 {
		t.Fatal(want, err)
	}
	if got, err := adapter.Predict(t.Context(), inputs); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
