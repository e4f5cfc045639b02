package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/xglm"
)

// readLate lets steps be pending, as on a GPU, until the test ends.
func readLate(t *testing.T, steps int) {
	was := unread
	unread = func(libtorch.Device) int { return steps }
	t.Cleanup(func() { unread = was })
}

// heard trains on the tagged sentences and tells what its surroundings heard,
// in order, with the parameters and moments of each save and of the end.
func heard(t *testing.T, o Options, steps int, change func(tr *trainer)) (events []string, err error) {
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
	if err := l.Model.Prepare(xglm.Many, l.Prompt != nil); err != nil {
		t.Fatal(err)
	}
	handles := libtorch.Live()
	hear := func(format string, args ...any) { events = append(events, fmt.Sprintf(format, args...)) }
	var tr *trainer
	state := func() (out []any) {
		for _, p := range tr.opt.parameters() {
			out = append(out, p.Name, p.Tensor.Float32s(), tr.opt.state[p.Name][0].Float32s())
		}
		return out
	}
	tr, err = newTrainer(l, items, tagged(), o, Hooks{
		Step: func(s Step, _ int) error {
			if s.Speed <= 0 || s.Peak <= 0 {
				t.Errorf("step %d: %v tokens per second, %d bytes", s.Step, s.Speed, s.Peak)
			}
			s.Speed, s.Peak = 0, 0
			hear("%+v", s)
			return nil
		},
		Score:     func(context.Context) (float64, error) { hear("score after %d", tr.Step); return float64(tr.Step), nil },
		Evaluated: func(e Evaluation) error { e.Seconds = 0; hear("%+v", e); return nil },
		Save:      func() error { hear("save after %d: %v", tr.Step, state()); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(tr)
	}
	err = tr.run(context.Background())
	if err == nil {
		hear("end: %v", state())
	}
	tr.free()
	if left := libtorch.Live() - handles; left != 0 {
		t.Errorf("%d tensors are left", left)
	}
	return events, err
}

// Whether numbers are read at once or late, a training says the same in the
// same order, saves the same, and ends the same, also where it ends early.
func TestStepsReadLateTrainAlike(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	unknown := func(tr *trainer) { // a token of the second batch, behind its first part, is outside of the vocabulary
		order := shuffled(tr.items, tr.o.BatchSize, tr.seed.Stream("order", 1))
		order[1][1].IDs[0] = 1 << 20
	}
	for name, c := range map[string]struct {
		method, error string
		change        func(o *Options)
		spoil         func(tr *trainer)
		steps         int // heard of
	}{
		"saved on the way":      {"full", "", func(o *Options) { o.SaveEvery = 3 }, nil, 8},
		"adafactor":             {"prefix", "", func(o *Options) { o.Optimizer, o.SaveEvery = "adafactor", 3 }, nil, 8},
		"not finite":            {"prefix", "step 2: the loss is", func(o *Options) { o.LearningRate, o.HeadRate = 1e38, 1e38 }, nil, 1},
		"not finite at a score": {"head", "step 2: the loss is", func(o *Options) { o.HeadRate, o.EvalEvery = 1e38, 2 }, nil, 1},
		"not finite at a save":  {"head", "step 2: the loss is", func(o *Options) { o.HeadRate, o.SaveEvery = 1e38, 2 }, nil, 1},
		"a step that fails":     {"prefix", "outside the vocabulary", func(o *Options) { o.Accumulate = 2 }, unknown, 1},
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
		tr, err := newTrainer(l, items, tagged(), o, Hooks{
			Step: func(Step, int) error { cancel(); return nil },
			Save: func() error { t.Error("it is saved"); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.free()
		if err := tr.run(ctx); err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "step 2: the loss is") {
			t.Errorf("error = %v", err)
		}
	}
}

// A trial's last step is read before it is told.
func TestTrialTellsItsLastStep(t *testing.T) {
	readLate(t, 1)
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	o.BatchSize = 2
	trial, err := NewTrial(o, libtorch.CPU, libtorch.Float32, []int{3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	defer trial.Close()
	if last, err := trial.Train(context.Background()); err != nil || last.Step != 2 || last.Loss <= 0 || last.Tokens != 11 {
		t.Errorf("the last step is %+v, %v", last, err)
	}
}
