package prepack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"xpt/libtorch"
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
	for _, dtype := range []libtorch.DType{libtorch.Float32, libtorch.BFloat16} {
		if libtorch.Arithmetic(libtorch.CPU, dtype) != dtype {
			continue
		}
		tolerance := map[libtorch.DType]float64{libtorch.Float32: 2e-5, libtorch.BFloat16: 0.1}[dtype]
		for _, rows := range []int{1, 7, 33, 600} {
			name := fmt.Sprintf("%v, %d rows", dtype, rows)
			xs, gs := random(rng, rows*in), random(rng, rows*out)
			compute := func(packed bool) (y, grad []float32) {
				before := libtorch.Live()
				err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
					cast := func(values []float32, shape ...int) *libtorch.Tensor {
						return s.To(s.Floats(values, shape...), libtorch.CPU, dtype)
					}
					w, b := cast(ws, out, in), cast(bs, out)
					x, err := libtorch.NewParameter(s.Floats(xs, rows, in))
					if err != nil {
						return err
					}
					defer x.Free()
					var result *libtorch.Tensor
					if packed {
						p := prepack(s, w, dtype, true)
						if p == nil {
							t.Skip("this libtorch packs no weights")
						}
						defer p.Free()
						result = p.Linear(s, s.To(x, libtorch.CPU, dtype), b)
					} else {
						result = s.Linear(s.To(x, libtorch.CPU, dtype), w, b)
					}
					s.Mean(s.Mul(result, cast(gs, rows, out))).Backward()
					y, grad = result.Float32s(), s.Grad(x).Float32s()
					return nil
				})
				if err != nil {
					t.Fatal(name, err)
				}
				if libtorch.Live() != before {
					t.Fatalf("%s: %d handles are left", name, libtorch.Live()-before)
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
