package libtorch

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A cast from one half type to the other, which goes by way of float32, gives
// what libtorch's own does; so do values that the other type cannot hold.
func TestCastBetweenHalfTypes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	values := append(random(rng, 3000), 0, 65504, 65536, 3e38, float32(math.Inf(-1)), 6e-8, 1e-30)
	for i, v := range values[:3000] {
		values[i] = v * float32(math.Pow(2, float64(i%60-30)))
	}
	for _, c := range [][2]DType{{Float16, BFloat16}, {BFloat16, Float16}} {
		err := NoGrad(CPU, func(s *Scope) error {
			x := s.To(s.Floats(values, len(values)), CPU, c[0])
			y := s.To(x, CPU, c[1])
			if y.DType() != c[1] {
				t.Fatalf("%v to %v gives %v", c[0], c[1], y.DType())
			}
			own, err := x.h.Totype(c[1].gotch(), false)
			got, want := y.Float32s(), s.result("to", own, err).Float32s()
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("%v to %v: %v becomes %v, want %v", c[0], c[1], values[i], got[i], want[i])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
