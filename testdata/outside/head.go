package main

import (
	"math/rand/v2"

	"xpt/libtorch"
)

// head classifies a text by its hidden states, weighed by attention of a trained
// query.
type head struct {
	query  *libtorch.Tensor // [1, d]
	weight *libtorch.Tensor // [C, d]
}

func newHead(d, labels int, rng *rand.Rand) (*head, error) {
	h := &head{}
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
		values := make([]float32, d*labels)
		for i := range values {
			values[i] = float32(rng.NormFloat64() * 0.02)
		}
		if h.query, err = libtorch.NewParameter(s.Zeros(libtorch.Float32, 1, d)); err != nil {
			return err
		}
		h.weight, err = libtorch.NewParameter(s.Floats(values, labels, d))
		return err
	})
	return h, err
}

// logits returns [1, C] of hidden [T, d].
func (h *head) logits(s *libtorch.Scope, hidden *libtorch.Tensor) *libtorch.Tensor {
	hidden = s.To(hidden, hidden.Device(), libtorch.Float32)
	attention := s.Softmax(s.Matmul(h.query, s.Transpose(hidden, 0, 1))) // [1, T]
	return s.Linear(s.Matmul(attention, hidden), h.weight, nil)
}

func (h *head) parameters() []*libtorch.Tensor { return []*libtorch.Tensor{h.query, h.weight} }

func (h *head) free() {
	h.query.Free()
	h.weight.Free()
}
