package xglm

import (
	"slices"
	"testing"

	"xpt/libtorch"
)

// onGPU is the first GPU; without one the test is skipped.
func onGPU(t *testing.T) libtorch.Device {
	t.Helper()
	gpu, err := libtorch.ParseDevice("cuda")
	if err != nil {
		t.Skipf("skipped, as there is no GPU: %v", err)
	}
	return gpu
}

// A GPU gives what the CPU gives: hidden states behind a prompt, the prompt's gradient, greedy
// continuations; in bfloat16 within its rounding.
func TestGPUEqualsCPU(t *testing.T) {
	gpu := onGPU(t)
	rows := [][]int{{2, 10, 11, 12}, {2}, {2, 13, 14, 15, 16, 17, 18}, {2}}
	for id := range 70 { // more than a block of keys of the GPU's kernels
		rows[3] = append(rows[3], 20+id)
	}
	run := func(dev libtorch.Device, dtype libtorch.DType) (hidden, grad []float32, ids [][]int) {
		m, err := Load("../testdata/mini/checkpoint", Options{Device: dev, DType: dtype})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		hidden, grad = behindPrompt(t, m, Mode{}, rows...)
		err = libtorch.NoGrad(dev, func(s *libtorch.Scope) (err error) {
			ids, err = m.Generate(s, rows, nil, Generation{MaxNewTokens: 8}, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return hidden, grad, ids
	}
	wantHidden, wantGrad, wantIDs := run(libtorch.CPU, libtorch.Float32)
	for dtype, tolerance := range map[libtorch.DType]float64{libtorch.Float32: 1e-5, libtorch.BFloat16: 0.05} {
		hidden, grad, ids := run(gpu, dtype)
		near(t, dtype.String()+" hidden states", hidden, wantHidden, tolerance)
		near(t, dtype.String()+" gradient", grad, wantGrad, tolerance)
		if dtype == libtorch.Float32 && !slices.EqualFunc(ids, wantIDs, slices.Equal[[]int]) {
			t.Errorf("continuations %v, want %v", ids, wantIDs)
		}
	}
}

// Dropout in training falls the same with the same seed, in float32 and in bfloat16, and leaves
// nothing that is not a number.
func TestDropoutRepeatsOnTheGPU(t *testing.T) {
	gpu := onGPU(t)
	for _, dtype := range []libtorch.DType{libtorch.Float32, libtorch.BFloat16} {
		m, err := Load("../testdata/mini/checkpoint", Options{Device: gpu, DType: dtype})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		mode := m.Config.TrainingMode()
		mode.AttentionDropout = 0.3
		run := func(step int) (hidden, grad []float32) {
			libtorch.ManualSeed(int64(step))
			return behindPrompt(t, m, mode, []int{2, 10, 11, 12}, []int{2})
		}
		hidden, grad := run(1)
		if slices.ContainsFunc(append(grad, hidden...), func(x float32) bool { return x != x }) {
			t.Errorf("%s: there are NaNs", dtype)
		}
		if again, _ := run(1); !slices.Equal(hidden, again) {
			t.Errorf("%s: the same seed gives other hidden states", dtype)
		}
		if other, _ := run(2); slices.Equal(hidden, other) {
			t.Errorf("%s: another seed gives the same hidden states", dtype)
		}
	}
}
