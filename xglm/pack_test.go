package xglm

import (
	"slices"
	"testing"

	"xpt/libtorch"
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
		return behindPrompt(t, m, []int{2, 8, 9, 10}, []int{2, 11})
	}
	hidden, grad := run(true)
	wantHidden, wantGrad := run(false)
	near(t, "hidden states", hidden, wantHidden, 1e-5)
	near(t, "gradient", grad, wantGrad, 1e-5)
}

// Packing waits until what is to come makes up for it; until then nothing that
// is made of a weight is kept. The hidden states are the same.
func TestPackFor(t *testing.T) {
	for dtype, tolerance := range map[libtorch.DType]float64{libtorch.Float32: 1e-5, libtorch.BFloat16: 0.02} {
		m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: dtype})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		run := func() (hidden []float32) {
			err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
				hidden = m.Forward(s, Pack(slices.Repeat([]int{2, 8, 9, 10}, 5)), nil).Float32s() // more rows than the kernel of few takes
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return hidden
		}
		want := run()
		for _, l := range m.linears() {
			l.free()
		}
		handles := libtorch.Live()
		for _, tokens := range []int{worthPacking - 1, 0} {
			if err := m.PackFor(tokens); err != nil {
				t.Fatal(err)
			}
			near(t, dtype.String()+" hidden states for few tokens", run(), want, tolerance)
			if m.packed != notPacked {
				t.Errorf("packed before %d tokens", m.expected)
			}
			if n := libtorch.Live() - handles; n != 0 {
				t.Errorf("%v: %d tensors are kept for few tokens", dtype, n)
			}
		}
		if err := m.PackFor(1); err != nil {
			t.Fatal(err)
		}
		near(t, dtype.String()+" hidden states of packed weights", run(), want, tolerance)
		if m.packed != forInference {
			t.Errorf("after %d tokens the weights are not packed", worthPacking)
		}
	}
}
