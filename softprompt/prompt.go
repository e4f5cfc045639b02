// Package softprompt makes KV caches (past key values) from trained tensors. A prompt precedes
// the text and XGLM is causal: all that a text sees of a prompt are its keys and values. They are
// computed once and shared by every row.
package softprompt

import (
	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/xglm"
)

// Prompt is what is trained in front of texts, and the KV cache that it leaves.
type Prompt interface {
	// Past returns the keys and values that texts see. Gradients flow from them to Parameters.
	Past(s *libtorch.Scope, m *xglm.Model, mode xglm.Mode) *xglm.Past
	// Values is the prompt folded into one tensor, which PEFT stores as prompt_embeddings: [P, d] of
	// an input prompt, [P, 2 L d] of a KV prefix.
	Values(s *libtorch.Scope) *libtorch.Tensor
	// Parameters are the trained tensors, float32: the values themselves, or the encoder that makes
	// them.
	Parameters() []xglm.Parameter
	// Free releases the parameters.
	Free()
}

func prefixWidth(m *xglm.Model) int { return 2 * m.Config.NumLayers * m.Config.DModel }

func parameter(m *xglm.Model, values []float32, shape ...int) (p *libtorch.Tensor, err error) {
	err = libtorch.NoGrad(m.Device(), func(s *libtorch.Scope) (err error) {
		p, err = libtorch.NewParameter(s.Floats(values, shape...))
		return err
	})
	return p, err
}

// values are where a prompt's tensor comes from: a parameter, or an encoder.
type values interface {
	Values(s *libtorch.Scope) *libtorch.Tensor
	Parameters() []xglm.Parameter
	Free()
}

// direct values are themselves the parameter.
type direct struct{ tensor *libtorch.Tensor }

func newDirect(m *xglm.Model, x []float32, length, width int) (values, error) {
	t, err := parameter(m, x, length, width)
	return direct{t}, err
}

func (v direct) Values(*libtorch.Scope) *libtorch.Tensor { return v.tensor }
func (v direct) Parameters() []xglm.Parameter {
	return []xglm.Parameter{{Name: checkpoints.PromptEmbeddings, Tensor: v.tensor}}
}
func (v direct) Free() { v.tensor.Free() }
