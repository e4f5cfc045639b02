package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/training"
)

// Each method learns, moves all that it trains, and repeats bit for bit.
func TestEachMethodLearnsAndRepeats(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for _, c := range []struct {
		name, method string
		change       func(*training.Options)
	}{
		{"full", "full", nil}, {"prompt", "prompt", nil}, {"prefix", "prefix", nil}, {"lora", "lora", nil}, {"bitfit", "bitfit", nil}, {"head", "head", nil},
		{"prompt behind an MLP", "prompt", func(o *training.Options) { o.Reparametrise, o.Init = 16, "" }},
		{"prefix behind an MLP", "prefix", func(o *training.Options) { o.Reparametrise, o.Init = 16, "" }},
		{"lora of all layers", "lora", func(o *training.Options) {
			o.LoRATargets, o.LoRABias, o.LoRADropout, o.LoRARS = "all-linear", "all", 0.1, true
		}},
		{"adafactor", "full", func(o *training.Options) { o.Optimizer, o.LearningRate, o.HeadRate = "adafactor", 0.1, 0.1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tinyOptions(t, checkpoint, "udpos", c.method)
			o.Epochs, o.LearningRate, o.HeadRate = 20, 1e-2, 1e-2
			if c.change != nil {
				c.change(&o)
			}
			l := newTiny(t, o)
			before := values(t, l)
			first := losses(fit(t, l, o))
			if last := first[len(first)-1]; last > 0.7*first[0] {
				t.Errorf("loss went from %v to %v", first[0], last)
			}
			after := values(t, l)
			for name, was := range before {
				if slices.Equal(was, after[name]) {
					t.Errorf("%s did not move", name)
				}
			}
			if _, trained := before["model.layers.0.fc1.weight"]; trained != (c.method == "full") {
				t.Errorf("the backbone is trained: %v", trained)
			}
			again := newTiny(t, o)
			if second := losses(fit(t, again, o)); !slices.Equal(first, second) {
				t.Errorf("the same seed gives other losses: %v, %v", first, second)
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
	err := libtorch.NoGrad(libtorch.CPU, func(*libtorch.Scope) error {
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

// A batch computed in parts gives the whole one's loss, gradients and
// parameters, also where the parts hold unequal numbers of targets.
func TestAccumulationEqualsTheWholeBatch(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "prefix")
	o.Dropout, o.BatchSize, o.Steps, o.WarmUp = 0, 6, 3, 0
	whole := newTiny(t, o)
	want := fit(t, whole, o)
	o.Accumulate = 3
	parts := newTiny(t, o)
	for i, s := range fit(t, parts, o) {
		if math.Abs(s.Loss-want[i].Loss) > 1e-6 || math.Abs(s.Norm-want[i].Norm) > 1e-5*want[i].Norm {
			t.Errorf("step %d: loss %v and norm %v, want %v and %v", s.Step, s.Loss, s.Norm, want[i].Loss, want[i].Norm)
		}
	}
}

// Layers that are computed again train as the kept ones do, dropout included.
func TestRecomputingTrainsAlike(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for _, method := range []string{"full", "prefix", "prompt", "lora", "bitfit", "head"} {
		o := tinyOptions(t, checkpoint, "udpos", method)
		if method == "lora" {
			o.LoRATargets, o.LoRABias, o.LoRADropout, o.LearningRate = "all-linear", "all", 0.3, 1e-2
		}
		want := fit(t, newTiny(t, o), o)
		o.Recompute = true
		for i, s := range fit(t, newTiny(t, o), o) {
			if math.Abs(s.Loss-want[i].Loss) > 1e-5 || math.Abs(s.Norm-want[i].Norm) > 1e-4*want[i].Norm {
				t.Errorf("%s, step %d: loss %v and norm %v, want %v and %v", method, s.Step, s.Loss, s.Norm, want[i].Loss, want[i].Norm)
			}
		}
	}
}

func TestLossThatIsNotFiniteStops(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	l := newTiny(t, o)
	if err := l.Head.Bias.SetFloat32s(slices.Repeat([]float32{float32(math.Inf(1))}, l.Head.Bias.Len(0))); err != nil {
		t.Fatal(err)
	}
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	before := values(t, l)
	tr := newTestTrainer(t, l, items, tagged(), o, nil, nil)
	err = tr.train(context.Background())
	if err == nil || !strings.Contains(err.Error(), "step 1: the loss is") || !strings.Contains(err.Error(), "tagged.tsv:10") {
		t.Errorf("error = %v, want one with the step and the examples", err)
	}
	if _, err := l.Predict(context.Background(), items, nil); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("predictions of scores that are not finite: %v", err)
	}
	if _, err := l.Classify(context.Background(), items, nil); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("their probabilities: %v", err)
	}
	if after := values(t, l); !slices.Equal(before[checkpoints.PromptEmbeddings], after[checkpoints.PromptEmbeddings]) {
		t.Error("the prefix was updated with a gradient that is not finite")
	}
	if !strings.Contains(err.Error(), "nothing was saved") {
		t.Errorf("error %q does not say what is left", err)
	}
	tr.saves.step = 7
	if err = tr.TrainStep(items[:1], 1, 1); err == nil || !strings.Contains(err.Error(), "after step 7, is kept") {
		t.Errorf("error %v does not name the last good state", err)
	}
}

// A score that is not finite is no best one.
func TestScoreThatIsNotFiniteStops(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "head")
	l := newTiny(t, o)
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	tr := newTestTrainer(t, l, items, tagged(), o, func(context.Context) (float64, error) { return math.NaN(), nil }, func(e training.Event) {
		if _, ok := e.(training.Evaluation); ok {
			t.Error("it is kept")
		}
	})
	if err := tr.train(context.Background()); err == nil || !strings.Contains(err.Error(), "step 2: the dev score is NaN") {
		t.Errorf("error = %v", err)
	}
}

// The state is kept from time to time, also far from any evaluation.
func TestStateIsSavedOnTheWay(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "head")
	o.Epochs, o.EvalEvery = 2, 100
	for pause, want := range map[time.Duration][]int{time.Hour: {4}, 0: {1, 2, 3, 4, 4}} {
		l := newTiny(t, o)
		items, err := l.Items(tagged())
		if err != nil {
			t.Fatal(err)
		}
		var saved []int
		var tr *Trainer
		tr = newTestTrainer(t, l, items, tagged(), o, func(context.Context) (float64, error) { return 0, nil }, func(e training.Event) {
			switch e := e.(type) {
			case training.Step:
				tr.saves.took = 0 // as on a fast disk
			case training.Saved:
				saved = append(saved, e.Step)
			}
		})
		tr.saves.pause = pause
		if err := tr.train(context.Background()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(saved, want) {
			t.Errorf("with a pause of %v the state is saved after steps %v, want %v", pause, saved, want)
		}
	}
	if (saves{last: time.Now().Add(-time.Minute), took: 2 * time.Second}).due() {
		t.Error("saving takes more than a fiftieth of the time")
	}
}

// --dropout bounds all three rates that a config has.
func TestDropoutZeroIsNone(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	path := filepath.Join(checkpoint, "config.json")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.Replace(config, []byte(`"activation_dropout": 0`), []byte(`"activation_dropout": 0.5`), 1)
	if err := os.WriteFile(path, config, 0o666); err != nil {
		t.Fatal(err)
	}
	o := tinyOptions(t, checkpoint, "udpos", "full")
	if c := newTiny(t, o).mode; c.ActivationDropout != 0.5 || c.Dropout != 0.1 {
		t.Errorf("the checkpoint's rates are %v and %v", c.ActivationDropout, c.Dropout)
	}
	o.Dropout = 0
	if c := newTiny(t, o).mode; c.ActivationDropout != 0 || c.AttentionDropout != 0 || c.Dropout != 0 {
		t.Errorf("--dropout 0 leaves %+v", c)
	}
}

// Label smoothing is PyTorch's: the share of the target's place spread over all
// labels, left-out positions not counted.
func TestLabelSmoothing(t *testing.T) {
	logits, targets := [][]float64{{1, 2, 4}, {0, 0, 9}, {3, -1, 0}}, []int{1, ignore, 0}
	const smooth = 0.3
	var want float64
	for i, row := range logits {
		if targets[i] == ignore {
			continue
		}
		var sum, mean float64
		for _, x := range row {
			sum += math.Exp(x)
			mean += x / 3
		}
		want += (math.Log(sum) - (1-smooth)*row[targets[i]] - smooth*mean) / 2
	}
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		got := s.CrossEntropy(s.Floats([]float32{1, 2, 4, 0, 0, 9, 3, -1, 0}, 3, 3), s.Ints(targets), smooth).Item()
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("loss %v, want %v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPatienceStops(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "head")
	o.Epochs, o.Patience = 10, 2
	l := newTiny(t, o)
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	scores := []float64{1, 3, 2, 3, 4}
	var best []bool
	tr := newTestTrainer(t, l, items, tagged(), o, func(context.Context) (float64, error) { return scores[len(best)], nil }, func(e training.Event) {
		if e, ok := e.(training.Evaluation); ok {
			best = append(best, e.Best)
		}
	})
	if err := tr.train(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(best, []bool{true, true, false, false}) {
		t.Errorf("best = %v, want a stop after two evaluations without a better one", best)
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
	tr := newTestTrainer(t, l, items, examples, o, func(context.Context) (float64, error) { return 0, nil }, nil)
	if err := tr.train(context.Background()); err != nil {
		t.Fatal(err)
	}
	if loss, err := l.Loss(context.Background(), items); err != nil || loss > 0.5 {
		t.Errorf("loss = %v, %v", loss, err)
	}
}

// Gradients are summed over processes once a step, before anything is made of them.
func TestGradientsAreSummedBeforeTheUpdate(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	l := newTiny(t, o)
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	before := values(t, l)
	tr := newTestTrainer(t, l, items, tagged(), o, nil, nil)
	tr.SumGradients = func(params []*libtorch.Tensor) error {
		if len(params) != len(l.Parameters()) {
			t.Errorf("%d parameters, want %d", len(params), len(l.Parameters()))
		}
		return errors.New("the other process is gone")
	}
	if err := tr.TrainStep(items, 1, 1); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("error %v", err)
	}
	if after := values(t, l); !slices.Equal(before[checkpoints.PromptEmbeddings], after[checkpoints.PromptEmbeddings]) {
		t.Error("the prefix was updated with gradients that were not summed")
	}
}
