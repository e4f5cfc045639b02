package libtorch

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// Dropout zeroes the asked share, scales the rest, falls otherwise in every
// call, alike under one seed and any number of threads, and lets the gradient
// through where it let the value through.
func TestDropout(t *testing.T) {
	const n = 1 << 17
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	defer func() {
		if err := SetThreads(0); err != nil {
			t.Error(err)
		}
	}()
	for _, p := range []float64{0.1, 0.5} {
		for _, dtype := range []DType{Float32, BFloat16} {
			for _, base := range []bool{false, true} {
				name := fmt.Sprintf("p=%v %v base=%v", p, dtype, base)
				drop := func(threads int) (first, second, grad []float32) {
					if err := SetThreads(threads); err != nil {
						t.Fatal(err)
					}
					err := Run(CPU, func(s *Scope) error {
						x, err := NewParameter(s.Floats(ones, n))
						if err != nil {
							return err
						}
						defer x.Free()
						ManualSeed(7)
						h := s.To(x, CPU, dtype)
						call := func() *Tensor {
							if base {
								return s.AddDropout(s.Zeros(dtype, n), h, p)
							}
							return s.Dropout(h, p)
						}
						y := call()
						s.Mean(s.To(y, CPU, Float32)).Backward()
						first, grad, second = y.Float32s(), s.Grad(x).Float32s(), call().Float32s()
						return nil
					})
					if err != nil {
						t.Fatal(name, err)
					}
					return first, second, grad
				}
				first, second, grad := drop(2)
				again, _, _ := drop(1)
				if !slices.Equal(first, again) {
					t.Errorf("%s: falls otherwise under the same seed on one thread", name)
				}
				var zeros, both, neighbours int
				for i, v := range first {
					if want := float32(1 / (1 - p)); v != 0 && math.Abs(float64(v-want)) > 0.01 {
						t.Fatalf("%s: element %d is %v, want 0 or %v", name, i, v, want)
					}
					if (v == 0) != (grad[i] == 0) {
						t.Fatalf("%s: element %d is %v and its gradient %v", name, i, v, grad[i])
					}
					if v == 0 {
						zeros++
						if second[i] == 0 {
							both++
						}
						if first[(i+1)%n] == 0 {
							neighbours++
						}
					}
				}
				near := func(what string, count int, share float64) {
					if sd := math.Sqrt(share * (1 - share) * n); math.Abs(float64(count)-share*n) > 5*sd {
						t.Errorf("%s: %s: %d of %d, want about %.0f", name, what, count, n, share*n)
					}
				}
				near("zeros", zeros, p)
				near("zeros in both calls", both, p*p)
				near("zeros side by side", neighbours, p*p)
			}
		}
	}
}
