package xglm

import (
	"slices"
	"testing"

	"xpt/internal/memory"
	"xpt/libtorch"
)

// Prepacked weights give the same hidden states and the same gradient of a prompt.
func TestPrepareForGradients(t *testing.T) {
	const dir = "../testdata/mini/checkpoint"
	run := func(prepare bool) (hidden, grad []float32) {
		m, err := Load(dir, Options{Device: libtorch.CPU, DType: libtorch.Float32})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if prepare {
			if err := m.Prepare(Many, false); err != nil {
				t.Fatal(err)
			}
			if err := m.Prepare(Many, true); err != nil { // what was prepacked without gradients is prepacked again
				t.Fatal(err)
			}
			if fc1 := m.layers[0].fc1; fc1.prepacked.Load() == nil {
				t.Skip("this libtorch prepacks no weights")
			}
		}
		return behindPrompt(t, m, Mode{}, []int{2, 8, 9, 10}, []int{2, 11})
	}
	hidden, grad := run(true)
	wantHidden, wantGrad := run(false)
	near(t, "hidden states", hidden, wantHidden, 1e-5)
	near(t, "gradient", grad, wantGrad, 1e-5)
}

// Weights are prepacked where the tokens to come make up for it; for fewer nothing that is made of
// a weight is kept. The hidden states are the same.
func TestPrepareForTokens(t *testing.T) {
	for dtype, tolerance := range map[libtorch.DType]float64{libtorch.Float32: 1e-5, libtorch.BFloat16: 0.02} {
		m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: dtype})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		run := func() (hidden []float32) {
			err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
				hidden = m.Forward(s, NewBatch(slices.Repeat([]int{2, 8, 9, 10}, 5)), nil, Mode{}).Float32s() // more rows than the kernel of few takes
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return hidden
		}
		want := run()
		handles := libtorch.Live()
		for _, tokens := range []int{worthPrepacking - 1, 1} {
			if err := m.Prepare(tokens, false); err != nil {
				t.Fatal(err)
			}
			near(t, dtype.String()+" hidden states for few tokens", run(), want, tolerance)
			if m.prepacked != notPrepacked {
				t.Errorf("prepacked for %d tokens", tokens)
			}
			if n := libtorch.Live() - handles; n != 0 {
				t.Errorf("%v: %d tensors are kept for few tokens", dtype, n)
			}
		}
		if err := m.Prepare(worthPrepacking, false); err != nil {
			t.Fatal(err)
		}
		near(t, dtype.String()+" hidden states of prepacked weights", run(), want, tolerance)
		if err := memory.Check(m.prepackedBytes(false), "prepacking"); err != nil {
			t.Skip(err)
		}
		if m.prepacked != forInference {
			t.Errorf("for %d tokens the weights are not prepacked", worthPrepacking)
		}
	}
}
