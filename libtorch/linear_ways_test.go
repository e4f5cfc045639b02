package libtorch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// unit is the unit roundoff of a type: half the distance from 1 to the next number.
func unit(dtype DType) float64 {
	return map[DType]float64{Float32: 0x1p-24, BFloat16: 0x1p-8, Float16: 0x1p-11}[dtype]
}

// product is x w^T + b in float64, with the bound that k roundings of float32
// sums and one of the result set on the error, whatever their order (Higham 2002,
// Accuracy and Stability of Numerical Algorithms, 3.1).
func product(x, w, b []float32, m, n, k int, dtype DType) (want, bound []float64) {
	want, bound = make([]float64, m*n), make([]float64, m*n)
	for i := range m {
		for j := range n {
			value, size := float64(b[j]), math.Abs(float64(b[j]))
			for l := range k {
				term := float64(x[i*k+l]) * float64(w[j*k+l])
				value += term
				size += math.Abs(term)
			}
			want[i*n+j] = value
			bound[i*n+j] = float64(k+1)*unit(Float32)*size + 1.01*unit(dtype)*math.Abs(value)
		}
	}
	return want, bound
}

// Every way to compute a product gives it within the bounds of its arithmetic, for
// weights of every type, and with a row alone what it gives beside others.
func TestLinearWays(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for _, size := range [][2]int{{64, 96}, {33, 32}, {7, 64}, {300, 1024}, {5, 40}, {130, 613}} {
		n, k := size[0], size[1]
		for _, dtype := range []DType{Float32, BFloat16} {
			if Arithmetic(CPU, dtype) != dtype {
				continue
			}
			for _, stored := range []DType{Float32, Float16, BFloat16} {
				for _, m := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 40, 211} {
					err := NoGrad(CPU, func(s *Scope) error {
						as := func(dtype DType, values []float32, shape ...int) *Tensor {
							return s.To(s.Floats(values, shape...), CPU, dtype)
						}
						x, w, b := as(dtype, random(rng, m*k), m, k), as(stored, random(rng, n*k), n, k), as(dtype, random(rng, n), n)
						multiplied := w
						if dtype == BFloat16 { // weights are rounded to what is multiplied
							multiplied = s.To(w, CPU, dtype)
						}
						want, bound := product(x.Float32s(), multiplied.Float32s(), b.Float32s(), m, n, k, dtype)
						for i := 0; ; i++ {
							name, y := s.linearBy(i, x, w, b)
							if y == nil {
								return nil
							}
							seen[name] = true
							for j, got := range y.Float32s() {
								if !(math.Abs(float64(got)-want[j]) <= bound[j]) {
									t.Errorf("%s: [%d, %d] %v by [%d, %d] %v: value %d is %v, want %v within %.2g", name, m, k, dtype, n, k, stored, j, got, want[j], bound[j])
									break
								}
							}
						}
					})
					if err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	for _, name := range []string{"few rows", "blocks", "libtorch"} {
		if !seen[name] {
			t.Errorf("the way %q was never taken", name)
		}
	}
}

// A row's result does not depend on how many rows a kernel of few takes, and
// weights of a half type give what their images in the rows' type give, to the last bit.
func TestFewRowsAndHalfWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n, k, most = 70, 96, 16
	xs, ws, bs := random(rng, most*k), random(rng, n*k), random(rng, n)
	for _, c := range []struct{ rows, weights DType }{{Float32, Float32}, {Float32, Float16}, {Float32, BFloat16}, {BFloat16, Float16}} {
		if Arithmetic(CPU, c.rows) != c.rows {
			continue
		}
		err := NoGrad(CPU, func(s *Scope) error {
			as := func(dtype DType, values []float32, shape ...int) *Tensor {
				return s.To(s.Floats(values, shape...), CPU, dtype)
			}
			w, b := as(c.weights, ws, n, k), as(c.rows, bs, n)
			of := func(m int, w *Tensor) []float32 {
				name, y := s.linearBy(0, as(c.rows, xs[:m*k], m, k), w, b)
				if name != "few rows" {
					t.Errorf("%d rows go by way of %q", m, name)
				}
				return y.Float32s()
			}
			whole := of(most, s.To(w, CPU, c.rows))
			for m := 1; m <= most; m++ {
				if !slices.Equal(of(m, w), whole[:m*n]) {
					t.Errorf("%d rows of %v by %v weights give other values", m, c.rows, c.weights)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
