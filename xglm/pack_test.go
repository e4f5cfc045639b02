package xglm

import (
	"testing"

	"xpt/internal/libtorch"
)

// Packed weights give the same hidden states and the same gradient of a prompt.
func TestPack(t *testing.T) {
	const dir = "../testdata/mini/checkpoint"
	run := func(pack bool) (hidden, grad []float32) {
		m, err := Load(dir, Options{Device: libtorch.CPU, DType: libtorch.Float32})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if pack {
			if err := m.Pack(false); err != nil {
				t.Fatal(err)
			}
			if err := m.Pack(true); err != nil { // what was packed without gradients is packed again
				t.Fatal(err)
			}
			if fc1 := m.layers[0].fc1; fc1.packed == nil {
				t.Skip("this libtorch packs no weights")
			}
		}
		m.Training = true
		m.Config.Dropout, m.Config.AttentionDropout = 0, 0
		err = libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
			vectors, err := libtorch.NewParameter(m.Embed(s, []int{5, 6, 7}))
			if err != nil {
				return err
			}
			defer vectors.Free()
			h := m.Forward(s, Pack([]int{2, 8, 9, 10}, []int{2, 11}), m.PastOf(s, vectors))
			s.Mean(s.Mul(h, h)).Backward()
			hidden, grad = h.Float32s(), s.Grad(vectors).Float32s()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return hidden, grad
	}
	hidden, grad := run(true)
	wantHidden, wantGrad := run(false)
	near(t, "hidden states", hidden, wantHidden, 1e-5)
	near(t, "gradient", grad, wantGrad, 1e-5)
}

// Packing waits until what is to come makes up for it.
func TestPackFor(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.BFloat16})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	worth := worthPacking(libtorch.BFloat16)
	for _, tokens := range []int{worth - 1, 0, 1} {
		if m.packed != notPacked {
			t.Errorf("packed before %d more tokens", tokens)
		}
		if err := m.PackFor(tokens); err != nil {
			t.Fatal(err)
		}
	}
	if m.packed != forInference {
		t.Errorf("after %d tokens the weights are not packed", worth)
	}
}
