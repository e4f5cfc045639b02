// Package heads reads predictions off hidden states: a linear layer for sequence classification and
// token tagging, and the choice of the positions that it reads (pooling). HuggingFace has no such
// classes for XGLM.
package heads

import (
	"fmt"
	"math/rand/v2"

	"xpt/libtorch"
)

// Linear scores C labels: hidden [R, d] -> logits [R, C]. It computes in float32 whatever the
// backbone's type.
type Linear struct {
	Weight *libtorch.Tensor // [C, d]
	Bias   *libtorch.Tensor // [C]
}

// initStd is the spread of a fresh head's weights, the backbone's own init_std.
const initStd = 0.02

// New makes a head with weights from N(0, 0.02) and biases of zero.
func New(dev libtorch.Device, labels, d int, rng *rand.Rand) (*Linear, error) {
	if labels < 1 || d < 1 {
		return nil, fmt.Errorf("a head of %d labels on hidden states of width %d", labels, d)
	}
	weight := make([]float32, labels*d)
	for i := range weight {
		weight[i] = float32(rng.NormFloat64() * initStd)
	}
	return From(dev, weight, make([]float32, labels))
}

// From makes a head of stored values: weight [C, d] in row-major order, bias [C].
func From(dev libtorch.Device, weight, bias []float32) (*Linear, error) {
	if len(bias) == 0 || len(weight) == 0 || len(weight)%len(bias) != 0 {
		return nil, fmt.Errorf("a head of %d weights for %d labels", len(weight), len(bias))
	}
	h := &Linear{}
	err := libtorch.NoGrad(dev, func(s *libtorch.Scope) (err error) {
		if h.Weight, err = libtorch.NewParameter(s.Floats(weight, len(bias), len(weight)/len(bias))); err != nil {
			return err
		}
		h.Bias, err = libtorch.NewParameter(s.Floats(bias, len(bias)))
		return err
	})
	return h, err
}

// Logits returns [R, C] of hidden [R, d].
func (h *Linear) Logits(s *libtorch.Scope, hidden *libtorch.Tensor) *libtorch.Tensor {
	return s.Linear(s.To(hidden, hidden.Device(), libtorch.Float32), h.Weight, h.Bias)
}

// Free releases the parameters.
func (h *Linear) Free() {
	h.Weight.Free()
	h.Bias.Free()
}
