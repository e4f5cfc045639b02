package xglm

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"xpt/libtorch"
)

// attendBy makes models attend by a kernel from now on, until the test ends. It skips the test where libtorch has none.
func attendBy(t *testing.T, kernel libtorch.AttentionKernel) {
	t.Helper()
	if kernel == libtorch.FlashAttention && !libtorch.AtLeast(2, 2) {
		t.Skipf("skipped from here on, as libtorch %s has no such flash kernel", libtorch.Version())
	}
	was := attentionOn
	t.Cleanup(func() { attentionOn = was })
	attentionOn = func(libtorch.Device, libtorch.DType, int) libtorch.AttentionKernel { return kernel }
}

// Rows in the padded view and by flash kernels, as GPUs compute them, give what packed ones do on the CPU: the hidden states
// and the gradients of the vectors in front of them, which run along with the rows where flash kernels attend.
func TestKernelsOfGPUsEqualTheCPUs(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	all := NewBatch([]int{2, 10, 11, 12}, []int{2}, []int{2, 13, 14, 15, 16, 17, 18})
	some, shifted := all, all
	some.Read = []int{3, 11, 4}
	shifted.Positions = []int{5, 6, 7, 9, 0, 0, 1, 2, 3, 4, 5, 11}
	nothing := all
	nothing.Read = []int{}
	for name, b := range map[string]Batch{"all": all, "some": some, "nothing": nothing, "shifted": shifted} {
		for _, prompt := range []int{0, 5} {
			for _, mode := range []Mode{{}, {GradientCheckpointing: true}} {
				run := func(kernel libtorch.AttentionKernel) (hidden, grad []float32) {
					attendBy(t, kernel)
					err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
						vectors, err := libtorch.NewParameter(m.Embed(s, []int{5, 6, 7, 8, 9}))
						if err != nil {
							return err
						}
						defer vectors.Free()
						var past *Past
						if prompt > 0 {
							past = m.PromptOf(s, vectors, mode)
						}
						if along := past.runsAlong(); along != (prompt > 0 && kernel == libtorch.FlashAttention) || past.Len() != prompt {
							t.Errorf("the prompt of %d runs along: %t", past.Len(), along)
						}
						h := m.Forward(s, b, past, mode)
						hidden = h.Float32s()
						if prompt > 0 && len(hidden) > 0 {
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
				wantHidden, wantGrad := run(libtorch.PackedAttention)
				for _, kernel := range []libtorch.AttentionKernel{libtorch.PaddedAttention, libtorch.FlashAttention} {
					hidden, grad := run(kernel)
					near(t, fmt.Sprintf("%s, kernel %d: hidden states", name, kernel), hidden, wantHidden, 1e-5)
					near(t, fmt.Sprintf("%s, kernel %d: gradient", name, kernel), grad, wantGrad, 1e-5)
				}
			}
		}
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
		h := m.Forward(s, NewBatch(rows...), m.PromptOf(s, vectors, mode), mode)
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

// A prompt that runs along with a batch gives all that a computed one does where something else needs its keys and values:
// hidden states of every layer, and generation.
func TestPromptThatRunsAlongIsAPast(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	attendBy(t, libtorch.FlashAttention)
	rows := [][]int{{2, 10, 11, 12}, {2, 13, 14}}
	run := func(pastOf func(*libtorch.Scope, *libtorch.Tensor, Mode) *Past) (states [][]float32, out [][]int) {
		err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) (err error) {
			past := pastOf(s, m.Embed(s, []int{5, 6, 7}), Mode{})
			m.ForwardEach(s, NewBatch(rows...), past, Mode{}, func(_ int, h *libtorch.Tensor) { states = append(states, h.Float32s()) })
			out, err = m.Generate(s, rows, past, Generation{MaxNewTokens: 4}, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return states, out
	}
	states, out := run(m.PromptOf)
	wantStates, wantOut := run(m.PastOf)
	if !slices.EqualFunc(out, wantOut, slices.Equal[[]int]) {
		t.Errorf("continuations %v, want %v", out, wantOut)
	}
	for k := range wantStates {
		near(t, fmt.Sprintf("state %d", k), states[k], wantStates[k], 1e-6)
	}
}
