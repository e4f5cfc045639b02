package xpt_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"xpt"
	"xpt/checkpoints"
	"xpt/training"
)

var float32s = xpt.Compute{DType: "float32"}

// open opens a checkpoint or fails the test.
func open(t *testing.T, o xpt.Options) *xpt.Model {
	t.Helper()
	m, err := xpt.Open(checkpoint, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// trained is a run folder.
func trained(t *testing.T) (run, data string) {
	t.Helper()
	data = t.TempDir()
	if err := writeData(data); err != nil {
		t.Fatal(err)
	}
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Steps = checkpoint, "udpos", "prefix", data, 2
	run = filepath.Join(t.TempDir(), "run")
	steps := 0
	record, err := xpt.Train(t.Context(), run, o, float32s, func(e training.Event) {
		if _, ok := e.(training.Step); ok {
			steps++
		}
	})
	if err != nil || !record.Finished || steps != 2 {
		t.Fatalf("%d steps, %+v, %v", steps, record, err)
	}
	return run, data
}

// Zero options are what suits the machine.
func TestZeroOptions(t *testing.T) {
	m := open(t, xpt.Options{})
	if m.Device() == "" || m.DType() != "float32" && m.DType() != "bfloat16" || m.Note() != "" {
		t.Errorf("%s, %s, %q", m.Device(), m.DType(), m.Note())
	}
	rows := []xpt.Row{{Text: "the cat"}, {IDs: []int{2, 5}}, {Context: "the cat", Text: " sleeps"}}
	if states, err := m.Embed(t.Context(), rows, xpt.EmbedOptions{}); err != nil || len(states) != 3 || len(states[1].Hidden[0]) != 2*128 {
		t.Errorf("embed: %v", err)
	}
	if scores, err := m.Score(t.Context(), rows); err != nil || len(scores[1].LogProbs) != 1 {
		t.Errorf("score: %v, %v", scores, err)
	}
	if out, err := m.Generate(t.Context(), rows[:1], xpt.GenerateOptions{}); err != nil || len(out[0].IDs) == 0 {
		t.Errorf("generate: %v, %v", out, err)
	}
}

// What is returned and what is written to a file are the same numbers.
func TestEmbedEqualsItsFile(t *testing.T) {
	m := open(t, xpt.Options{Compute: float32s})
	rows, o := xpt.Texts("the cat sleeps", "der Hund"), xpt.EmbedOptions{Layers: "all", Logits: true}
	states, err := m.Embed(t.Context(), rows, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "states.safetensors")
	if _, err := m.WriteEmbeddings(t.Context(), path, rows, o); err != nil {
		t.Fatal(err)
	}
	file, err := checkpoints.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i, e := range states {
		want := map[string][]float32{fmt.Sprintf("%d.logits", i+1): e.Logits}
		for k, hidden := range e.Hidden {
			want[fmt.Sprintf("%d.hidden.%d", i+1, k)] = hidden
		}
		if len(want) != m.Config().NumLayers+2 {
			t.Errorf("row %d has %d tensors", i, len(want))
		}
		for name, values := range want {
			tensor, err := file.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(checkpoints.Float32s(tensor), values) {
				t.Errorf("%s differs", name)
			}
		}
	}
}

// Goroutines share a model, also where one of them makes it prepack its weights.
// A model that nobody opened says so.
func TestZeroModel(t *testing.T) {
	var m xpt.Model
	ctx := t.Context()
	for name, fn := range map[string]func() error{
		"embed":    func() error { _, err := m.Embed(ctx, xpt.Texts("a"), xpt.EmbedOptions{}); return err },
		"score":    func() error { _, err := m.Score(ctx, xpt.Texts("a")); return err },
		"generate": func() error { _, err := m.Generate(ctx, xpt.Texts("a"), xpt.GenerateOptions{}); return err },
		"predict":  func() error { _, err := m.Predict(ctx, [][]string{{"a"}}); return err },
		"evaluate": func() error { _, err := m.Evaluate(ctx, xpt.EvaluateOptions{Data: "data"}); return err },
		"encode":   func() error { _, err := m.Encode(xpt.Row{Text: "a"}); return err },
	} {
		if err := fn(); !xpt.IsUserError(err) || !strings.Contains(err.Error(), "make it with Open or OpenRun") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestGoroutinesShareAModel(t *testing.T) {
	run, data := trained(t)
	m, err := xpt.OpenRun(run, xpt.Compute{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	few, many := xpt.Texts("the cat sleeps", "a dog eats the cat ."), xpt.Texts(slices.Repeat([]string{"a dog eats the cat ."}, 400)...)
	work := map[string]func() (any, error){
		"embed":    func() (any, error) { return m.Embed(ctx, few, xpt.EmbedOptions{Pool: "mean"}) },
		"score":    func() (any, error) { return m.Score(ctx, few) },
		"scores":   func() (any, error) { return m.Score(ctx, many) }, // enough to prepack for
		"generate": func() (any, error) { return m.Generate(ctx, few, xpt.GenerateOptions{MaxNewTokens: 4}) },
		"predict":  func() (any, error) { return m.Predict(ctx, [][]string{{"the", "cat"}, {"a", "dog"}}) },
		"evaluate": func() (any, error) {
			r, err := m.Evaluate(ctx, xpt.EvaluateOptions{Data: data})
			return r.Languages, err
		},
	}
	var wg sync.WaitGroup
	results := map[string][]any{}
	var mu sync.Mutex
	for name, fn := range work {
		for range 3 {
			wg.Go(func() {
				result, err := fn()
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				defer mu.Unlock()
				results[name] = append(results[name], result)
			})
		}
	}
	wg.Wait()
	for name, fn := range work {
		want, err := fn()
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range results[name] {
			if !alike(reflect.ValueOf(got), reflect.ValueOf(want)) {
				t.Errorf("%s: %v beside others, %v alone", name, got, want)
			}
		}
	}
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Error(err)
	}
	if _, err := m.Score(ctx, few); !xpt.IsUserError(err) {
		t.Errorf("a closed model: %v", err)
	}
}

// alike compares results whose numbers may differ by the rounding of half types.
func alike(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		return math.Abs(a.Float()-b.Float()) <= 0.05*max(1, math.Abs(b.Float()))
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || alike(a.Elem(), b.Elem()))
	case reflect.Slice:
		for i := range min(a.Len(), b.Len()) {
			if !alike(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return a.Len() == b.Len()
	case reflect.Struct:
		for i := range a.NumField() {
			if !alike(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		for _, key := range b.MapKeys() {
			if !a.MapIndex(key).IsValid() || !alike(a.MapIndex(key), b.MapIndex(key)) {
				return false
			}
		}
		return a.Len() == b.Len()
	}
	return a.Equal(b)
}

// Trainings wait for one another, and each ends as it would alone.
func TestTrainingsOfAProcess(t *testing.T) {
	dir := t.TempDir()
	if err := writeData(dir); err != nil {
		t.Fatal(err)
	}
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Steps = checkpoint, "udpos", "prefix", dir, 3
	var wg sync.WaitGroup
	losses := make([][]float64, 3)
	for i := range losses {
		wg.Go(func() {
			_, err := xpt.Train(t.Context(), filepath.Join(dir, fmt.Sprint("run", i)), o, float32s, func(e training.Event) {
				if s, ok := e.(training.Step); ok {
					losses[i] = append(losses[i], s.Loss)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(losses[0]) != 3 || !slices.Equal(losses[0], losses[1]) || !slices.Equal(losses[0], losses[2]) {
		t.Errorf("losses %v", losses)
	}
}

// A training that was cut goes on.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	if err := writeData(dir); err != nil {
		t.Fatal(err)
	}
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Steps = checkpoint, "udpos", "prompt", dir, 3
	ctx, cancel := context.WithCancel(t.Context())
	run := filepath.Join(dir, "run")
	_, err := xpt.Train(ctx, run, o, float32s, func(e training.Event) {
		if _, ok := e.(training.Step); ok {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || xpt.IsUserError(err) {
		t.Fatalf("a cancelled training: %v", err)
	}
	if record, err := xpt.Resume(t.Context(), run, xpt.Compute{}, nil); err != nil || !record.Finished {
		t.Errorf("%+v, %v", record, err)
	}
}

// A run becomes an adapter that gives the same states.
func TestConvert(t *testing.T) {
	run, _ := trained(t)
	adapter := filepath.Join(t.TempDir(), "adapter")
	if c, err := xpt.Convert(t.Context(), run, adapter, xpt.ConvertOptions{To: "peft"}); err != nil || c.Adapter == nil || c.Checkpoint != nil {
		t.Fatalf("%+v, %v", c, err)
	}
	var states [2]any
	for i, folder := range []string{run, adapter} {
		m := open(t, xpt.Options{Compute: float32s, Adapter: folder})
		var err error
		if states[i], err = m.Embed(t.Context(), xpt.Texts("the cat"), xpt.EmbedOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(states[0], states[1]) {
		t.Error("the adapter gives other states than its run")
	}
	if c, err := xpt.Convert(t.Context(), checkpoint, filepath.Join(t.TempDir(), "half"), xpt.ConvertOptions{DType: "bfloat16"}); err != nil || c.Checkpoint == nil {
		t.Errorf("%+v, %v", c, err)
	}
}

// What the caller can mend is told from failures.
func TestErrors(t *testing.T) {
	m := open(t, xpt.Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		user bool
		call func() error
	}{
		"no checkpoint": {true, func() error { _, err := xpt.Open(t.TempDir(), xpt.Options{}); return err }},
		"no run":        {true, func() error { _, err := xpt.OpenRun(checkpoint, xpt.Compute{}); return err }},
		"no device": {true, func() error {
			_, err := xpt.Open(checkpoint, xpt.Options{Compute: xpt.Compute{Device: "tpu"}})
			return err
		}},
		"no threads": {true, func() error {
			_, err := xpt.Open(checkpoint, xpt.Options{Compute: xpt.Compute{Threads: -1}})
			return err
		}},
		"no settings": {true, func() error {
			_, err := xpt.Train(t.Context(), t.TempDir(), training.Options{}, float32s, nil)
			return err
		}},
		"no task":   {true, func() error { _, err := m.Predict(t.Context(), [][]string{{"a"}}); return err }},
		"no token":  {true, func() error { _, err := m.Score(t.Context(), []xpt.Row{{IDs: []int{1 << 30}}}); return err }},
		"no pool":   {true, func() error { _, err := m.Embed(t.Context(), nil, xpt.EmbedOptions{Pool: "max"}); return err }},
		"no data":   {true, func() error { _, err := xpt.OpenZeroShot(xpt.ZeroShotOptions{Template: "xnli"}); return err }},
		"cancelled": {false, func() error { _, err := m.Score(ended, xpt.Texts("a")); return err }},
	} {
		if err := c.call(); err == nil || xpt.IsUserError(err) != c.user {
			t.Errorf("%s: %v", name, err)
		}
	}
}
