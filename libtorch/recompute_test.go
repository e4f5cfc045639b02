package libtorch

import (
	"math"
	"strings"
	"testing"
)

// A network whose layers are computed again in the backward pass has the
// gradients of the plain one, of inputs and of parameters, and leaves nothing.
func TestRecomputeGivesTheSameGradients(t *testing.T) {
	weights := []float32{.3, -.2, .5, .1, .4, -.6, .2, .7, -.1}
	startW, startX := mustMapped(t, weights, 3, 3), mustMapped(t, []float32{1, 2, 3, -1, -2, 1}, 2, 3)
	gradients := func(again bool) (out [][]float32) {
		w, err := NewParameter(startW)
		if err != nil {
			t.Fatal(err)
		}
		x, err := NewParameter(startX)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Free()
		defer x.Free()
		err = Run(CPU, func(s *Scope) error {
			ManualSeed(1)
			layer := func(s *Scope, in []*Tensor) *Tensor {
				return s.Add(in[0], s.Dropout(s.GELU(s.Linear(in[0], w, nil)), 0.3))
			}
			h := x
			for range 3 {
				if again {
					h = s.Recompute(layer, h)
				} else {
					h = layer(s, []*Tensor{h})
				}
			}
			s.Mean(s.Mul(h, h)).Backward()
			out = append(out, s.Grad(w).Float32s(), s.Grad(x).Float32s())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	gradients(true)
	handles := Live()
	want, got := gradients(false), gradients(true)
	for k := range want {
		for i := range want[k] {
			if math.Abs(float64(got[k][i]-want[k][i])) > 1e-6 {
				t.Errorf("gradient %d: %v, want %v", k, got[k], want[k])
				break
			}
		}
	}
	kept := 0
	recomputations.Range(func(any, any) bool { kept++; return true })
	if kept != 0 || Live() != handles {
		t.Errorf("%d functions and %d handles are left behind", kept, Live()-handles)
	}
}

func TestFailureInARecomputation(t *testing.T) {
	x, err := NewParameter(mustMapped(t, []float32{1, 2}))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Free()
	calls := 0
	err = Run(CPU, func(s *Scope) error {
		y := s.Recompute(func(s *Scope, in []*Tensor) *Tensor {
			if calls++; calls == 2 {
				s.Matmul(in[0], s.Zeros(Float32, 3, 1))
			}
			return s.Scale(in[0], 2)
		}, x)
		s.Mean(y).Backward()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "matmul") {
		t.Errorf("error = %v, want one that names matmul", err)
	}
}
