package libtorch

import (
	"math"
	"math/rand/v2"
	"testing"
)

// writtenOut is Linear by other operations.
func writtenOut(s *Scope, x, w, b *Tensor) *Tensor {
	y := s.Matmul(x, s.Transpose(w, 0, 1))
	if b == nil {
		return y
	}
	return s.Add(y, b)
}

// Linear and its gradients are those of the product written out, whichever of
// them are wanted.
func TestLinear(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct{ rows, in, out int }{{1, 8, 5}, {33, 70, 96}, {600, 64, 31}, {40, 1024, 300}} {
		xs, ws, bs, weights := random(rng, c.rows*c.in), random(rng, c.out*c.in), random(rng, c.out), random(rng, c.rows*c.out)
		for wanted := 1; wanted < 8; wanted++ { // x, w, b by bits
			for _, biased := range []bool{true, false} {
				compute := func(linear func(s *Scope, x, w, b *Tensor) *Tensor) (results [][]float32) {
					err := Run(CPU, func(s *Scope) error {
						tensors := []*Tensor{s.Floats(xs, c.rows, c.in), s.Floats(ws, c.out, c.in), s.Floats(bs, c.out)}
						for i, x := range tensors {
							if wanted&(1<<i) == 0 {
								continue
							}
							p, err := NewParameter(x)
							if err != nil {
								return err
							}
							defer p.Free()
							tensors[i] = p
						}
						b := tensors[2]
						if !biased {
							b = nil
						}
						y := linear(s, tensors[0], tensors[1], b)
						if y.WantsGrad() {
							s.Mean(s.Mul(y, s.Floats(weights, c.rows, c.out))).Backward()
						}
						results = append(results, y.Float32s())
						for _, x := range tensors {
							var grad []float32
							if g := s.Grad(x); g != nil {
								grad = g.Float32s()
							}
							results = append(results, grad)
						}
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					return results
				}
				got := compute((*Scope).Linear)
				want := compute(writtenOut)
				for i, name := range []string{"output", "gradient of x", "gradient of w", "gradient of b"} {
					// Both round as often as their sums are long, this way and that: four standard deviations of each.
					limit := 8 * unit(Float32) * math.Sqrt(float64([]int{c.in, c.out, c.rows, c.rows}[i]))
					if d := distance(got[i], want[i]); !(d < limit) {
						t.Errorf("%v, wanted %03b, biased %v: %s is %.2g away", c, wanted, biased, name, d)
					}
				}
			}
		}
	}
}

// random returns n numbers from N(0, 1).
func random(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}
