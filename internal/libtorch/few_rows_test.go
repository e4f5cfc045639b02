package libtorch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A product of few rows equals the one that gradients run through, whichever
// kernel computes it.
func TestLinearOfFewRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, size := range [][2]int{{64, 96}, {33, 32}, {7, 64}, {300, 1024}, {5, 40}} {
		n, k := size[0], size[1]
		xs, ws, bs := random(rng, 17*k), random(rng, n*k), random(rng, n)
		for _, dtype := range []DType{Float32, BFloat16} {
			for m := 1; m <= 17; m++ {
				name := fmt.Sprintf("[%d, %d] x [%d, %d] %v", m, k, n, k, dtype)
				compute := func(grad bool, linear func(s *Scope, x, w, b *Tensor) *Tensor) (out []float32) {
					err := run(CPU, grad, func(s *Scope) error {
						x, w, b := s.Floats(xs[:m*k], m, k), s.Floats(ws, n, k), s.Floats(bs, n)
						out = linear(s, s.To(x, CPU, dtype), s.To(w, CPU, dtype), s.To(b, CPU, dtype)).Float32s()
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					return out
				}
				reference := (*Scope).Linear
				if dtype == Float32 && m <= 16 { // oneDNN, which takes more rows, strays further
					reference = writtenOut
				}
				got, want := compute(false, (*Scope).Linear), compute(true, reference)
				tolerance := map[DType]float64{Float32: 2e-6, BFloat16: 8e-3}[dtype] * math.Sqrt(float64(k))
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > tolerance {
						t.Fatalf("%s: value %d is %v, want %v", name, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// Weights of a half type meet rows as their images in the rows' type do, to the
// last bit.
func TestLinearOfFewRowsTakesHalfWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n, k = 70, 96
	xs, ws, bs := random(rng, 17*k), random(rng, n*k), random(rng, n)
	for _, c := range []struct{ rows, weights DType }{{Float32, Float16}, {Float32, BFloat16}, {BFloat16, Float16}} {
		for m := 1; m <= 17; m++ {
			err := Infer(CPU, func(s *Scope) error {
				as := func(dtype DType, values []float32, shape ...int) *Tensor {
					return s.To(s.Floats(values, shape...), CPU, dtype)
				}
				x, w, b := as(c.rows, xs[:m*k], m, k), as(c.weights, ws, n, k), as(c.rows, bs, n)
				got, want := s.LinearOfFewRows(x, w, b), s.LinearOfFewRows(x, s.To(w, CPU, c.rows), b)
				if (got == nil) != (want == nil) {
					t.Errorf("%d rows of %v: a kernel for weights of that type: %v, of %v: %v", m, c.rows, want != nil, c.weights, got != nil)
				}
				if got != nil && !slices.Equal(got.Float32s(), want.Float32s()) {
					t.Errorf("%d rows of %v: %v weights give other values", m, c.rows, c.weights)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
