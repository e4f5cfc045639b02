// Package softprompt makes pasts from trained tensors. A prompt stands left of
// a text and XGLM is causal, so all that a text ever sees of it are its keys
// and values: a past, computed once and shared by every row.
package softprompt

import (
	"fmt"

	"xpt/internal/libtorch"
	"xpt/xglm"
)

// Prompt is a trained tensor and the past that it leaves.
type Prompt interface {
	// Past returns the keys and values that texts see. Gradients flow from
	// them to Tensor.
	Past(s *libtorch.Scope, m *xglm.Model) *xglm.Past
	// Tensor is the trained parameter, float32; PEFT stores it as
	// prompt_embeddings.
	Tensor() *libtorch.Tensor
	// Length is the number of virtual tokens, P.
	Length() int
}

// From makes the prompt of a stored tensor, whose width tells its kind: [P, d]
// an input prompt, [P, 2 L d] a KV prefix. It owns a float32 copy of values.
func From(m *xglm.Model, values []float32, shape []int) (Prompt, error) {
	d, deep := m.Config.DModel, 2*m.Config.NumLayers*m.Config.DModel
	if len(shape) != 2 || shape[0] < 1 || shape[1] != d && shape[1] != deep {
		return nil, fmt.Errorf("a prompt of shape %v does not fit this backbone: an input prompt has [P, %d], a KV prefix [P, %d]", shape, d, deep)
	}
	var p *libtorch.Tensor
	err := libtorch.Infer(m.Device(), func(s *libtorch.Scope) (err error) {
		p, err = libtorch.NewParameter(s.Floats(values, shape...))
		return err
	})
	if err != nil {
		return nil, err
	}
	if shape[1] == d {
		return &Input{p}, nil
	}
	return &Prefix{p}, nil
}
