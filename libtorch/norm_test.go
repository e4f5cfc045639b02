package libtorch

import (
	"math"
	"math/rand/v2"
	"testing"
)

// In bfloat16 the values are the exact ones, rounded once, whatever the
// libtorch; an ulp has 8 significant bits.
func TestLayerNormRoundsOnce(t *testing.T) {
	const rows, d, eps = 16, 96, 1e-5
	rng := rand.New(rand.NewPCG(1, 1))
	normal := func(n int, scale float64) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(scale * rng.NormFloat64())
		}
		return out
	}
	err := NoGrad(CPU, func(s *Scope) error {
		half := func(values []float32, shape ...int) *Tensor { return s.To(s.Floats(values, shape...), CPU, BFloat16) }
		x, w, b := half(normal(rows*d, 3), rows, d), half(normal(d, 1), d), half(normal(d, 1), d)
		got, xs, ws, bs := s.LayerNorm(x, w, b, eps).Float32s(), x.Float32s(), w.Float32s(), b.Float32s()
		for r := range rows {
			row := xs[r*d:][:d]
			mean, variance := 0.0, 0.0
			for _, v := range row {
				mean += float64(v) / d
			}
			for _, v := range row {
				variance += (float64(v) - mean) * (float64(v) - mean) / d
			}
			for i, v := range row {
				product := (float64(v) - mean) / math.Sqrt(variance+eps) * float64(ws[i])
				want := product + float64(bs[i])
				rounding := math.Exp2(math.Floor(math.Log2(math.Abs(want))) - 8)
				if diff := math.Abs(float64(got[r*d+i]) - want); diff > 1.01*rounding+1e-5*math.Abs(product) {
					t.Fatalf("row %d, column %d: %v, which is %.2f roundings from %v", r, i, got[r*d+i], diff/rounding, want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
