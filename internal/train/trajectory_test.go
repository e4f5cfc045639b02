package train

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/optim"
	"xpt/internal/random"
	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/training"
	"xpt/xglm"
)

// The losses, gradient norms and final parameters of 50 steps follow PyTorch's
// optimizers on HuggingFace's and PEFT's models (testdata/train/make.py and testdata/lora/make.py).
func TestTrajectoriesFollowPyTorch(t *testing.T) {
	for _, file := range []string{trajectories, "../../testdata/lora/trajectories.safetensors"} {
		followPyTorch(t, file)
	}
}

// trajectories is the file that also has the rows and heads of all trajectories.
const trajectories = "../../testdata/train/trajectories.safetensors"

// So they do by the fused update that a GPU takes.
func TestFusedTrajectoriesFollowPyTorch(t *testing.T) {
	if !libtorch.AtLeast(2, 4) {
		t.Skipf("skipped, as libtorch %s has no such kernel for the CPU", libtorch.Version())
	}
	optim.Fuses = func(libtorch.Device) bool { return true }
	defer func() { optim.Fuses = libtorch.Device.IsCUDA }()
	followPyTorch(t, trajectories)
}

func followPyTorch(t *testing.T, file string) {
	t.Helper()
	ck, err := checkpoints.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	floats := func(name string) []float32 {
		t.Helper()
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoints.Float32s(x)
	}
	devices := []libtorch.Device{libtorch.CPU}
	gpu, err := libtorch.ParseDevice("cuda")
	if err == nil {
		devices = append(devices, gpu)
	} else {
		t.Logf("not run on a GPU: %v", err)
	}
	for _, name := range ck.Names() {
		c, ok := strings.CutSuffix(name, ".losses")
		if !ok {
			continue
		}
		for _, dev := range devices {
			t.Run(c+" on "+dev.String(), func(t *testing.T) {
				tr := trajectory(t, ck, c, dev)
				for i := range 50 {
					var rows []Item
					for j := range 4 {
						rows = append(rows, tr.items[(4*i+j)%len(tr.items)])
					}
					if err := tr.TrainStep(rows, 1, schedule("linear", i, 5, 50)); err != nil {
						t.Fatal(err)
					}
				}
				if err := tr.Settle(); err != nil {
					t.Fatal(err)
				}
				near(t, "losses", tr.losses, floats(c+".losses"))
				near(t, "gradient norms", tr.norms, floats(c+".norms"))
				for _, p := range tr.opt.parameters() {
					if end := c + ".end." + p.Name; ck.Has(end) {
						near(t, p.Name, p.Tensor.Float32s(), floats(end))
					}
				}
			})
		}
	}
}

// recorded is a trainer that records.
type recorded struct {
	*Trainer
	losses, norms []float32
}

// trajectory makes the trainer of one case, TASK.METHOD[.OPTIMIZER].
func trajectory(t *testing.T, ck *checkpoints.Checkpoint, c string, dev libtorch.Device) *recorded {
	t.Helper()
	part := strings.Split(c, ".")
	task, method, optimizer := part[0], part[1], "adamw"
	if len(part) == 3 {
		optimizer = part[2]
	}
	m, err := xglm.Load("../../testdata/xglm/gelu", xglm.Options{Device: dev, DType: libtorch.Float32, Trainable: method == "full"})
	if err != nil {
		t.Fatal(err)
	}
	l := &Learner{Model: m, adapter: noAdapter{}, release: m.Close}
	t.Cleanup(func() { l.Close() })
	common, err := checkpoints.OpenFile(trajectories)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { common.Close() })
	values := func(name string) []float32 {
		x, err := common.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoints.Float32s(x)
	}
	if l.Head, err = heads.From(dev, values("head."+task+".weight"), values("head."+task+".bias")); err != nil {
		t.Fatal(err)
	}
	rng := random.Seed(1).Stream("test", 0)
	const length, hidden = 3, 8
	var prompt softprompt.Prompt
	switch method {
	case "full":
		l.adapter = backbone{model: m}
	case "prompt":
		prompt, err = softprompt.NewInput(m, length, softprompt.Init{Kind: "zero"}, rng)
	case "prefix":
		prompt, err = softprompt.NewPrefix(m, length, softprompt.Init{Kind: "zero"}, rng)
	case "prompt-mlp":
		prompt, err = softprompt.NewEncodedInput(m, length, hidden, rng)
	case "prefix-mlp":
		prompt, err = softprompt.NewEncodedPrefix(m, length, hidden, rng)
	}
	if o, ok := loraMethods[method]; ok {
		var a adapter
		a, err = loraOf(o, m, func(name string, shape ...int) ([]float32, error) { return floats(ck, c+".start."+name, shape...) })
		if err == nil {
			l.adapt(a)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if prompt != nil {
		l.adapter = softPrompt{prompt}
		for _, p := range prompt.Parameters() {
			if err := read(ck, c+".start."+p.Name, p.Tensor); err != nil {
				t.Fatal(err)
			}
			p.Tensor.ClearGrad()
		}
	}
	o := training.Options{Optimizer: optimizer, LearningRate: 3e-3, HeadRate: 6e-3, WeightDecay: 0.01, HeadDecay: 0.01, ClipNorm: 1, Accumulate: 1, Epochs: 1, BatchSize: 4}
	switch {
	case optimizer == "adafactor":
		o.LearningRate, o.WeightDecay, o.HeadDecay = 0.05, 1e-3, 1e-3
		if method == "full" {
			o.LearningRate = 0.003
		}
		o.HeadRate = o.LearningRate
	case method == "full":
		o.LearningRate, o.HeadRate = 1e-3, 2e-3
	}
	tr := &recorded{}
	tr.Trainer = newTestTrainer(t, l, trajectoryItems(t, common, task), make([]datasets.Example, 8), o, nil, func(e training.Event) {
		s := e.(training.Step)
		tr.losses, tr.norms = append(tr.losses, float32(s.Loss)), append(tr.norms, float32(s.Norm))
	})
	return tr
}

func trajectoryItems(t *testing.T, ck *checkpoints.Checkpoint, task string) (items []Item) {
	t.Helper()
	ints := func(name string) (out []int) {
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.Elements() {
			out = append(out, int(x.Data[8*i])) // all below 256
		}
		return out
	}
	for i := range 8 {
		row := fmt.Sprintf("rows.%d", i)
		item := Item{Example: i, IDs: ints(row)}
		if task == "classification" {
			item.Read, item.Targets = []int{len(item.IDs) - 1}, ints(row+".label")
		} else {
			for at := 1; at < len(item.IDs); at += 2 {
				item.Read = append(item.Read, at)
			}
			item.Targets = ints(row + ".tags")
		}
		items = append(items, item)
	}
	return items
}

// near fails where got differs from want by more than 1e-5 of want's largest value.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var worst, scale float64
	at := 0
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= worst) {
			worst, at = d, i
		}
		scale = max(scale, math.Abs(float64(want[i])))
	}
	t.Logf("%s: %.1e relative", what, worst/scale)
	if !(worst <= 1e-5*scale) {
		t.Errorf("%s: value %d is %v, want %v (%.1e of the largest)", what, at, got[at], want[at], worst/scale)
	}
}
