package libtorch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// random returns n numbers from N(0, 1).
func random(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

// A packed layer gives what the plain one gives, and the same gradient to its
// input.
func TestLinearPacked(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const in, out = 64, 96
	ws, bs := random(rng, out*in), random(rng, out)
	for _, dtype := range []DType{Float32, BFloat16} {
		if Arithmetic(CPU, dtype) != dtype {
			continue
		}
		tolerance := map[DType]float64{Float32: 2e-5, BFloat16: 0.1}[dtype]
		for _, rows := range []int{1, 7, 33, 600} {
			name := fmt.Sprintf("%v, %d rows", dtype, rows)
			xs, gs := random(rng, rows*in), random(rng, rows*out)
			compute := func(packed bool) (y, grad []float32) {
				before := Live()
				err := Run(CPU, func(s *Scope) error {
					cast := func(values []float32, shape ...int) *Tensor { return s.To(s.Floats(values, shape...), CPU, dtype) }
					w, b := cast(ws, out, in), cast(bs, out)
					x, err := NewParameter(s.Floats(xs, rows, in))
					if err != nil {
						return err
					}
					defer x.Free()
					var result *Tensor
					if packed {
						p := s.prepack(w, dtype, true)
						if p == nil {
							t.Skip("this libtorch packs no weights")
						}
						defer p.Free()
						result = s.LinearPacked(s.To(x, CPU, dtype), p, b)
					} else {
						result = s.Linear(s.To(x, CPU, dtype), w, b)
					}
					s.Mean(s.Mul(result, cast(gs, rows, out))).Backward()
					y, grad = result.Float32s(), s.Grad(x).Float32s()
					return nil
				})
				if err != nil {
					t.Fatal(name, err)
				}
				if Live() != before {
					t.Fatalf("%s: %d handles are left", name, Live()-before)
				}
				return y, grad
			}
			y, grad := compute(true)
			wantY, wantGrad := compute(false)
			same(t, name, y, wantY, tolerance)
			same(t, name+", gradient", grad, wantGrad, tolerance/float64(rows*out)*10)
		}
	}
}

func same(t *testing.T, name string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= tolerance) {
			t.Fatalf("%s: value %d is %v, want %v", name, i, got[i], want[i])
		}
	}
}
