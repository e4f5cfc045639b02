package xglm

import (
	"math"

	"xpt/libtorch"
)

// positionOffset: XGLM numbers positions from 2, after fairseq's padding row.
const positionOffset = 2

// sinusoids computes rows [rows, d] of the position table: sines of all
// frequencies, then their cosines; the padding row is zero. Every step is
// rounded to float32 as HuggingFace's (XGLMSinusoidalPositionalEmbedding), since
// at row 2,000 one rounding of a frequency shows as 1e-4.
func sinusoids(s *libtorch.Scope, rows, d, padding int) *libtorch.Tensor {
	half := d / 2
	exponents := make([]float32, half)
	step := float32(-math.Log(10000) / float64(half-1))
	for i := range exponents {
		exponents[i] = float32(i) * step
	}
	numbers := make([]float32, rows)
	for p := range numbers {
		numbers[p] = float32(p)
	}
	keep := make([]float32, rows)
	for p := range keep {
		if p != padding {
			keep[p] = 1
		}
	}
	angles := s.Mul(s.Floats(numbers, rows, 1), s.Exp(s.Floats(exponents, 1, half)))
	parts := []*libtorch.Tensor{s.Sin(angles), s.Cos(angles)}
	if d%2 == 1 {
		parts = append(parts, s.Zeros(libtorch.Float32, rows, 1))
	}
	return s.Mul(s.Cat(1, parts...), s.Floats(keep, rows, 1))
}

// firstPositions is how many positions the table has from the start; published
// models have 2048. A config may ask for any number.
const firstPositions = 8192

// positionTable returns the table with at least rows rows, grown on demand, as
// HuggingFace's is past max_position_embeddings.
func (m *Model) positionTable(rows int) *libtorch.Tensor {
	if m.positions != nil && m.positions.Len(0) >= rows {
		return m.positions
	}
	rows = max(rows, min(m.Config.MaxPositionEmbeddings, firstPositions)+positionOffset)
	if m.positions != nil {
		rows = max(rows, 2*m.positions.Len(0))
		m.positions.Free()
	}
	err := libtorch.NoGrad(m.device, func(s *libtorch.Scope) error {
		m.positions = s.To(sinusoids(s, rows, m.Config.DModel, int(m.Config.PadTokenID)), m.device, m.dtype).Keep()
		return nil
	})
	if err != nil {
		panic(err) // an *libtorch.Error, caught by the scope that the forward runs in
	}
	return m.positions
}
