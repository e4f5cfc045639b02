package libtorch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A product of few rows equals the one that gradients run through, whichever
// kernel computes it.
func TestLinearOfFewRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	random := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64())
		}
		return out
	}
	for _, size := range [][2]int{{64, 96}, {33, 32}, {7, 64}, {300, 1024}, {5, 40}} {
		n, k := size[0], size[1]
		xs, ws, bs := random(17*k), random(n*k), random(n)
		for _, dtype := range []DType{Float32, BFloat16} {
			for m := 1; m <= 17; m++ {
				name := fmt.Sprintf("[%d, %d] x [%d, %d] %v", m, k, n, k, dtype)
				compute := func(grad bool) (out []float32) {
					err := run(CPU, grad, func(s *Scope) error {
						x, w, b := s.Floats(xs[:m*k], m, k), s.Floats(ws, n, k), s.Floats(bs, n)
						out = s.Linear(s.To(x, CPU, dtype), s.To(w, CPU, dtype), s.To(b, CPU, dtype)).Float32s()
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					return out
				}
				got, want := compute(false), compute(true)
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
