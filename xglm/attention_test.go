package xglm

import (
	"math"
	"testing"

	"xpt/libtorch"
)

// Rows in the padded view, as GPUs compute them, give what packed ones do: the hidden states and
// the gradients of the vectors in front of them.
func TestPaddedViewEqualsPackedRows(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	defer func(was func(libtorch.Device, libtorch.DType) bool) { attendsPacked = was }(attendsPacked)
	for _, prompt := range []int{0, 5} {
		run := func(packed bool) (hidden, grad []float32) {
			attendsPacked = func(libtorch.Device, libtorch.DType) bool { return packed }
			err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
				vectors, err := libtorch.NewParameter(m.Embed(s, []int{5, 6, 7, 8, 9}))
				if err != nil {
					return err
				}
				defer vectors.Free()
				var past *Past
				if prompt > 0 {
					past = m.PastOf(s, vectors, Mode{})
				}
				h := m.Forward(s, NewBatch([]int{2, 10, 11, 12}, []int{2}, []int{2, 13, 14, 15, 16, 17, 18}), past, Mode{})
				hidden = h.Float32s()
				if prompt > 0 {
					s.Mean(s.Mul(h, h)).Backward()
					grad = s.Grad(vectors).Float32s()
				}
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
}

// behindPrompt gives the hidden states of rows behind a prompt of three vectors, and the prompt's
// gradient of the mean of their squares.
func behindPrompt(t *testing.T, m *Model, mode Mode, rows ...[]int) (hidden, grad []float32) {
	t.Helper()
	err := libtorch.Run(m.Device(), func(s *libtorch.Scope) error {
		vectors, err := libtorch.NewParameter(m.Embed(s, []int{5, 6, 7}))
		if err != nil {
			return err
		}
		defer vectors.Free()
		h := m.Forward(s, NewBatch(rows...), m.PastOf(s, vectors, mode), mode)
		s.Mean(s.Mul(h, h)).Backward()
		hidden, grad = h.Float32s(), s.Grad(vectors).Float32s()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hidden, grad
}

// near compares within tolerance of the largest value.
func near(t *testing.T, name string, got, want []float32, tolerance float64) {
	t.Helper()
	var scale, most float64
	for i := range want {
		scale = max(scale, math.Abs(float64(want[i])))
		most = max(most, math.Abs(float64(got[i]-want[i])))
	}
	if len(got) != len(want) || !(most <= tolerance*scale) {
		t.Errorf("%s: %v values, %v away, of up to %v", name, len(got), most, scale)
	}
}
