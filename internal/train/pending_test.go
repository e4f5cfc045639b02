package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// readLate lets steps be pending, as on a GPU, until the test ends.
func readLate(t *testing.T, steps int) {
	was := maxInFlight
	maxInFlight = func(libtorch.Device) int { return steps }
	t.Cleanup(func() { maxInFlight = was })
}

// heard trains on the tagged sentences and tells what its surroundings heard,
// in order, with the parameters and moments of each save and of the end.
func heard(t *testing.T, o training.Options, steps int, change func(tr *Trainer)) (events []string, err error) {
	t.Helper()
	readLate(t, steps)
	l := newTiny(t, o)
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Loss(context.Background(), items); err != nil { // makes what the model keeps
		t.Fatal(err)
	}
	if err := l.Model.Prepare(xglm.Many, len(l.adapter.Parameters()) > 0); err != nil {
		t.Fatal(err)
	}
	handles := libtorch.Live()
	hear := func(format string, args ...any) { events = append(events, fmt.Sprintf(format, args...)) }
	var tr *Trainer
	state := func() (out []any) {
		for _, p := range tr.opt.parameters() {
			out = append(out, p.Name, p.Tensor.Float32s(), tr.opt.state[p.Name][0].Float32s())
		}
		return out
	}
	tr, err = NewTrainer(l, items, tagged(), o, func(e training.Event) {
		switch e := e.(type) {
		case training.Step:
			if e.Speed <= 0 || e.Peak <= 0 || e.Seconds <= 0 {
				t.Errorf("step %d: %v tokens per second, %d bytes", e.Step, e.Speed, e.Peak)
			}
			e.Speed, e.Peak, e.Seconds = 0, 0, 0
			hear("%+v", e)
		case training.Evaluation:
			e.Seconds = 0
			hear("%+v", e)
		case training.Saved:
			hear("save after %d: %v", e.Step, state())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	tr.devScore = func(context.Context) (float64, error) {
		hear("score after %d", tr.Step)
		return float64(tr.Step), nil
	}
	if change != nil {
		change(tr)
	}
	err = tr.train(context.Background())
	if err == nil {
		hear("end: %v", state())
	}
	tr.Free()
	if left := libtorch.Live() - handles; left != 0 {
		t.Errorf("%d tensors are left", left)
	}
	return events, err
}

// Whether numbers are read at once or late, a training says the same in the
// same order, saves the same, and ends the same, also where it ends early.
func TestStepsReadLateTrainAlike(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	unknown := func(tr *Trainer) { // a token of the second batch, behind its first part, is outside of the vocabulary
		order := shuffled(tr.items, tr.options.BatchSize, tr.seed.Stream("order", 1))
		order[1][1].IDs[0] = 1 << 20
	}
	for name, c := range map[string]struct {
		method, error string
		change        func(o *training.Options)
		spoil         func(tr *Trainer)
		steps         int // heard of
	}{
		"saved on the way":      {"full", "", func(o *training.Options) { o.SaveEvery = 3 }, nil, 8},
		"adafactor":             {"prefix", "", func(o *training.Options) { o.Optimizer, o.SaveEvery = "adafactor", 3 }, nil, 8},
		"not finite":            {"prefix", "step 2: the loss is", func(o *training.Options) { o.LearningRate, o.HeadRate = 1e38, 1e38 }, nil, 1},
		"not finite at a score": {"head", "step 2: the loss is", func(o *training.Options) { o.HeadRate, o.EvalEvery = 1e38, 2 }, nil, 1},
		"not finite at a save":  {"head", "step 2: the loss is", func(o *training.Options) { o.HeadRate, o.SaveEvery = 1e38, 2 }, nil, 1},
		"a step that fails":     {"prefix", "outside the vocabulary", func(o *training.Options) { o.Accumulate = 2 }, unknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := tinyOptions(t, checkpoint, "udpos", c.method)
			o.Epochs, o.EvalEvery, o.WarmUp, o.ClipNorm = 4, 5, 0, 0.1
			c.change(&o)
			want, wantErr := heard(t, o, 0, c.spoil)
			got, err := heard(t, o, 1, c.spoil)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || !strings.Contains(fmt.Sprint(wantErr), c.error) || (wantErr == nil) != (c.error == "") {
				t.Errorf("error %v, want %v, with %q", err, wantErr, c.error)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d events, want %d:\n%.300q\n%.300q", len(got), len(want), got, want)
			}
			count := func(prefix string) (n int) {
				for _, e := range want {
					if strings.HasPrefix(e, prefix) {
						n++
					}
				}
				return n
			}
			if steps := count("{Step:") - count("score"); steps != c.steps || c.error != "" && count("s") > 0 {
				t.Errorf("%d steps are heard of, want %d; %d scores and saves", steps, c.steps, count("s"))
			}
		})
	}
}

// A step that turns out not to be finite after a training was interrupted is
// not saved.
func TestInterruptedBeforeAStepThatIsNotFiniteWasRead(t *testing.T) {
	readLate(t, 1)
	for _, every := range []int{2, 100} {
		o := tinyOptions(t, tinyCheckpoint(t), "udpos", "head")
		o.HeadRate, o.WarmUp, o.EvalEvery = 1e38, 0, every
		l := newTiny(t, o)
		items, err := l.Items(tagged())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		tr := newTestTrainer(t, l, items, tagged(), o, nil, func(e training.Event) {
			switch e.(type) {
			case training.Step:
				cancel()
			case training.Saved:
				t.Error("it is saved")
			}
		})
		if err := tr.train(ctx); err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "step 2: the loss is") {
			t.Errorf("error = %v", err)
		}
	}
}

// A step's numbers are told once they are read, at the latest by Settle.
func TestSettleTellsTheLastStep(t *testing.T) {
	readLate(t, 1)
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	l := newTiny(t, o)
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	var last training.Step
	tr := newTestTrainer(t, l, items, tagged(), o, nil, func(e training.Event) { last = e.(training.Step) })
	for _, rows := range [][]Item{items[:2], items[2:4]} {
		if err := tr.TrainStep(rows, 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	if last.Step != 1 {
		t.Errorf("step %d is told of before it is read", last.Step)
	}
	tokens := len(items[2].IDs) + len(items[3].IDs)
	if err := tr.Settle(); err != nil || last.Step != 2 || last.Loss <= 0 || last.Tokens != tokens {
		t.Errorf("the last step is %+v, %v", last, err)
	}
}
