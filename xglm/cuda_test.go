package xglm

import (
	"fmt"
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

// kinds are the ways of computing that are compared with the CPU's in float32, and how far they may be from it.
var kinds = []struct {
	gpu       bool
	dtype     libtorch.DType
	tolerance float64
}{{false, libtorch.BFloat16, 0.05}, {true, libtorch.Float32, 1e-5}, {true, libtorch.BFloat16, 0.05}}

// A GPU gives what the CPU gives: hidden states behind a prompt, the prompt's gradient, greedy
// continuations; in bfloat16 within its rounding.
func TestGPUEqualsCPU(t *testing.T) {
	rows := [][]int{{2, 10, 11, 12}, {2}, {2, 13, 14, 15, 16, 17, 18}, {2}}
	for id := range 70 { // more than a block of keys of the GPU's kernels
		rows[3] = append(rows[3], 20+id)
	}
	run := func(t *testing.T, dev libtorch.Device, dtype libtorch.DType) (hidden, grad []float32, ids [][]int) {
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
	wantHidden, wantGrad, wantIDs := run(t, libtorch.CPU, libtorch.Float32)
	wantScores := continuationScores(t, rows, wantIDs)
	for _, kind := range kinds {
		dev := libtorch.CPU
		t.Run(fmt.Sprint(kind.dtype, " on a GPU: ", kind.gpu), func(t *testing.T) {
			if kind.gpu {
				dev = onGPU(t)
			}
			hidden, grad, ids := run(t, dev, kind.dtype)
			near(t, "hidden states", hidden, wantHidden, kind.tolerance)
			near(t, "gradient", grad, wantGrad, kind.tolerance)
			if kind.dtype == libtorch.Float32 && !slices.EqualFunc(ids, wantIDs, slices.Equal[[]int]) {
				t.Errorf("continuations %v, want %v", ids, wantIDs)
			}
			// Rounding may choose another of two words that are about as likely, and with it what follows.
			for i, score := range continuationScores(t, rows, ids) {
				if !(score > wantScores[i]-0.5) {
					t.Errorf("row %d goes on with %v, of log-probability %v a token; want %v, of %v", i, ids[i], score, wantIDs[i], wantScores[i])
				}
			}
		})
	}
}

// continuationScores returns for each row the mean log-probability of its continuation's tokens, by the CPU in float32.
func continuationScores(t *testing.T, rows, continuations [][]int) (means []float32) {
	t.Helper()
	m, err := Load("../testdata/mini/checkpoint", Options{DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var whole [][]int
	var from []int
	for i, row := range rows {
		whole, from = append(whole, slices.Concat(row, continuations[i])), append(from, len(row))
	}
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		for _, logProbs := range m.Score(s, whole, from, nil) {
			var sum float32
			for _, x := range logProbs {
				sum += x
			}
			means = append(means, sum/float32(len(logProbs)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return means
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
