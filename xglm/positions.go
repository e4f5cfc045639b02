package xglm

import (
	"math"
	"sync"

	"xpt/libtorch"
)

// positionOffset: XGLM numbers positions from 2, after fairseq's padding row.
const positionOffset = 2

// positionTable holds the embeddings of the first positions, [n, d] in the model's type on its device. It grows with the
// positions that are asked for.
type positionTable struct {
	lock sync.RWMutex
	rows *libtorch.Tensor // nil before the first use
}

// mostTabled is how many positions a table holds at most: of a position behind them the embedding is computed.
const mostTabled = 8192

// positionRows returns the embeddings [n, d] of positions, which are numbered from 0.
func (m *Model) positionRows(s *libtorch.Scope, positions []int) *libtorch.Tensor {
	most := 0
	numbers := make([]int, len(positions))
	for i, at := range positions {
		numbers[i] = at + positionOffset
		most = max(most, numbers[i])
	}
	if most >= mostTabled {
		return s.To(sinusoids(s, numbers, m.Config.DModel, int(m.Config.PadTokenID)), m.device, m.dtype)
	}
	m.tablePositions(most)
	m.positions.lock.RLock()
	defer m.positions.lock.RUnlock()
	return s.IndexSelect(m.positions.rows, 0, s.Ints(numbers))
}

// tablePositions makes the table reach to number most. It is computed on the CPU, so that all devices have the same values.
func (m *Model) tablePositions(most int) {
	t := &m.positions
	reaches := func() bool { return t.rows != nil && most < t.rows.Len(0) }
	t.lock.RLock()
	there := reaches()
	t.lock.RUnlock()
	if there {
		return
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if reaches() {
		return
	}
	n := 256
	for n <= most {
		n *= 2
	}
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		rows := s.To(s.To(sinusoids(s, indices(n), m.Config.DModel, int(m.Config.PadTokenID)), libtorch.CPU, m.dtype), m.device, m.dtype).Keep()
		t.rows.Free()
		t.rows = rows
		return nil
	})
	if err != nil {
		panic(err)
	}
}

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
