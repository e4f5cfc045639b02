package xglm

import (
	"math"

	"xpt/libtorch"
)

// positionOffset: XGLM numbers positions from 2, after fairseq's padding row.
const positionOffset = 2

// sinusoids returns the position embeddings [n, d] of numbered positions: sines of all frequencies,
// then their cosines; that of number padding is zero. Every step is rounded to float32 as
// HuggingFace's (XGLMSinusoidalPositionalEmbedding), since at position 2,000 one rounding of a
// frequency shows as 1e-4.
func sinusoids(s *libtorch.Scope, numbers []int, d, padding int) *libtorch.Tensor {
	half := d / 2
	exponents := make([]float32, half)
	step := float32(-math.Log(10000) / float64(half-1))
	for i := range exponents {
		exponents[i] = float32(i) * step
	}
	n := len(numbers)
	positions, keep := make([]float32, n), make([]float32, n)
	for i, number := range numbers {
		positions[i] = float32(number)
		if number != padding {
			keep[i] = 1
		}
	}
	angles := s.Mul(s.Floats(positions, n, 1), s.Exp(s.Floats(exponents, 1, half)))
	parts := []*libtorch.Tensor{s.Sin(angles), s.Cos(angles)}
	if d%2 == 1 {
		parts = append(parts, s.Zeros(libtorch.Float32, n, 1))
	}
	return s.Mul(s.Cat(1, parts...), s.Floats(keep, n, 1))
}
