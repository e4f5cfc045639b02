package train

import (
	"context"
	"fmt"
	"math"
	"testing"

	"xpt/datasets"
	"xpt/libtorch"
	"xpt/training"
)

// On a GPU every method's steps have the losses and gradient norms that the CPU's have in float32, and what was trained the
// same loss afterwards; in bfloat16 within its rounding, on the CPU too.
func TestMethodsTrainOnTheGPUAsOnTheCPU(t *testing.T) {
	gpu, noGPU := libtorch.ParseDevice("cuda")
	kinds := []struct {
		on        string
		dev       libtorch.Device
		dtype     libtorch.DType
		tolerance float64
	}{
		{"the CPU", libtorch.CPU, libtorch.BFloat16, 0.05},
		{"a GPU", gpu, libtorch.Float32, 1e-4}, {"a GPU", gpu, libtorch.BFloat16, 0.05},
	}
	for _, method := range Methods() {
		o := tinyOptions(t, "../../testdata/mini/checkpoint", "udpos", method)
		o.LearningRate, o.HeadRate = 1e-3, 1e-2
		want := trainOn(t, o, libtorch.CPU, libtorch.Float32)
		if first, last := want[0], want[len(want)-1]; !(last < 0.9*first) {
			t.Errorf("%s learns nothing: losses and norms %v", method, want)
		}
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("%s in %s on %s", method, kind.dtype, kind.on), func(t *testing.T) {
				if kind.on == "a GPU" && noGPU != nil {
					t.Skipf("skipped, as there is no GPU: %v", noGPU)
				}
				got := trainOn(t, o, kind.dev, kind.dtype)
				worst := 0.0
				for i := range want {
					if d := math.Abs(got[i]/want[i] - 1); !(d <= worst) {
						worst = d
					}
				}
				t.Logf("within %.1e", worst)
				if !(worst <= kind.tolerance) {
					t.Errorf("losses and norms are %.2g away: %v, want %v", worst, got, want)
				}
			})
		}
	}
}

// trainOn trains on the tagged sentences and returns the losses and norms of all steps, then the loss after them.
func trainOn(t *testing.T, o training.Options, dev libtorch.Device, dtype libtorch.DType) (values []float64) {
	t.Helper()
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenBase(o.Checkpoint, dev, dtype)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	l, err := b.Learner(o, task)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, s := range fit(t, l, o) {
		values = append(values, s.Loss, s.Norm)
	}
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	loss, err := l.Loss(context.Background(), items)
	if err != nil {
		t.Fatal(err)
	}
	return append(values, loss)
}
