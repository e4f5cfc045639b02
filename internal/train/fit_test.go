package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/internal/libtorch"
)

// Each method learns, moves only what it says it trains, and repeats bit for bit.
func TestEachMethodLearnsAndRepeats(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for _, method := range Methods {
		t.Run(method, func(t *testing.T) {
			o := tinyOptions(t, checkpoint, "udpos", method)
			o.Epochs, o.LearningRate, o.HeadRate = 20, 1e-2, 1e-2
			l := newTiny(t, o)
			before := values(t, l)
			losses := fit(t, l, o, Hooks{})
			if first, last := losses[0], losses[len(losses)-1]; last > 0.7*first {
				t.Errorf("loss went from %v to %v", first, last)
			}
			after := values(t, l)
			for name, was := range before {
				if slices.Equal(was, after[name]) {
					t.Errorf("%s did not move", name)
				}
			}
			if _, trained := before["model.layers.0.fc1.weight"]; trained != (method == "full") {
				t.Errorf("the backbone is trained: %v", trained)
			}
			again := newTiny(t, o)
			if second := fit(t, again, o, Hooks{}); !slices.Equal(losses, second) {
				t.Errorf("the same seed gives other losses: %v, %v", losses, second)
			}
			for name, v := range values(t, again) {
				if !slices.Equal(v, after[name]) {
					t.Errorf("the same seed gives another %s", name)
				}
			}
		})
	}
}

func values(t *testing.T, l *Learner) map[string][]float32 {
	t.Helper()
	out := map[string][]float32{}
	err := libtorch.Infer(libtorch.CPU, func(*libtorch.Scope) error {
		for _, p := range l.Parameters() {
			out[p.Name] = p.Tensor.Float32s()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A run that is opened again predicts what it predicted when it was saved.
func TestRunOpensAsItWasSaved(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for _, method := range Methods {
		t.Run(method, func(t *testing.T) {
			o := tinyOptions(t, checkpoint, "udpos", method)
			o.LearningRate, o.HeadRate = 1e-2, 1e-2
			l := newTiny(t, o)
			dir := filepath.Join(t.TempDir(), "run")
			record, err := NewRecord(o, l)
			if err != nil {
				t.Fatal(err)
			}
			run, err := Create(dir, record)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := Open(dir, libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), "no finished epoch") {
				t.Errorf("a run without an epoch opens: %v", err)
			}
			fit(t, l, o, Hooks{Epoch: func(e Epoch) error { return run.Keep(l, e) }})
			if err := run.Finish(1, 1); err != nil {
				t.Fatal(err)
			}
			items, err := l.Items(tagged())
			if err != nil {
				t.Fatal(err)
			}
			want, err := l.Predict(context.Background(), items, nil)
			if err != nil {
				t.Fatal(err)
			}
			opened, record, err := Open(dir, libtorch.CPU, libtorch.Float32)
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			if record.Best == nil || record.Best.Epoch != o.Epochs {
				t.Errorf("best = %+v", record.Best)
			}
			got, err := opened.Predict(context.Background(), items, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("item %d: %v, and before %v", i, got[i], want[i])
				}
			}
			if a, b := values(t, l), values(t, opened); len(a) != len(b) || !slices.Equal(a[headWeightName], b[headWeightName]) {
				t.Error("the head is not the one that was saved")
			}
		})
	}
}

func TestRunRefusesAnotherBackbone(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "prefix")
	l := newTiny(t, o)
	record, err := NewRecord(o, l)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	run, err := Create(dir, record)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Keep(l, Epoch{Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, record); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a run folder is written over: %v", err)
	}
	m := newTiny(t, tinyOptions(t, checkpoint, "udpos", "full")).Model
	fc1, err := m.Weight("model.layers.1.fc1.bias")
	if err != nil {
		t.Fatal(err)
	}
	err = libtorch.Infer(libtorch.CPU, func(s *libtorch.Scope) error {
		s.AddInPlace(fc1, s.Floats([]float32{1}, 1))
		return m.Save(checkpoint, libtorch.Float32)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), "other weights") {
		t.Errorf("a prefix opens on a backbone that it was not trained on: %v", err)
	}
}

func TestLossThatIsNotFiniteStops(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	l := newTiny(t, o)
	err := libtorch.Infer(libtorch.CPU, func(s *libtorch.Scope) error {
		s.AddInPlace(l.Head.Bias, s.Floats([]float32{float32(math.Inf(1))}, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	before := values(t, l)
	err = Fit(context.Background(), l, items, tagged(), o, Hooks{})
	if err == nil || !strings.Contains(err.Error(), "step 1: the loss is") || !strings.Contains(err.Error(), "tagged.tsv") {
		t.Errorf("error = %v, want one with the step and the examples", err)
	}
	if after := values(t, l); !slices.Equal(before[promptName], after[promptName]) {
		t.Error("the prefix was updated with a gradient that is not finite")
	}
}

func TestFitStopsWhenAsked(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "head")
	l := newTiny(t, o)
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	err = Fit(ctx, l, items, tagged(), o, Hooks{Step: func(Step, int) error { steps++; cancel(); return nil }})
	if !errors.Is(err, context.Canceled) || steps != 1 {
		t.Errorf("after %d steps: %v", steps, err)
	}
}

// The tokens of a language model's rows predict the next ones.
func TestLanguageModelLearns(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "lm", "full")
	o.LearningRate, o.Epochs = 1e-2, 60
	l := newTiny(t, o)
	examples := []datasets.Example{{Text: "the cat sleeps\tle chat dort"}, {Text: "the dog eats\tle chien mange"}}
	items, err := l.Items(examples)
	if err != nil {
		t.Fatal(err)
	}
	hooks := Hooks{Step: func(Step, int) error { return nil }, Epoch: func(Epoch) error { return nil },
		Score: func(context.Context) (float64, error) { return 0, nil }}
	if err := Fit(context.Background(), l, items, examples, o, hooks); err != nil {
		t.Fatal(err)
	}
	if loss, err := l.Loss(context.Background(), items); err != nil || loss > 0.5 {
		t.Errorf("loss = %v, %v", loss, err)
	}
}
