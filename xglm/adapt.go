package xglm

import (
	"slices"
	"strings"

	"xpt/libtorch"
)

// Adaptation is what an adapter changes of a model, by names of the checkpoint. What it does not name stays as it is.
type Adaptation struct {
	Linear map[string]LinearFunc         // of linear layers, such as model.layers.0.self_attn.q_proj
	Reads  map[string][]*libtorch.Tensor // what Linear of that name reads and trains: cast to the activations' type with the layer's weights
	Biases map[string]*libtorch.Tensor   // in place of the checkpoint's, such as model.layers.0.fc1.bias; gradients flow to them
}

// LinearFunc changes the output y [N, out] of a linear layer on x [N, in].
type LinearFunc func(s *libtorch.Scope, x, y *libtorch.Tensor, mode Mode) *libtorch.Tensor

// Adapt returns the model with its layers changed by a. It has the weights of m, which alone is to be
// closed.
func (m *Model) Adapt(a Adaptation) *Model {
	adapted := &Model{Config: m.Config, Note: m.Note, layers: slices.Clone(m.layers), layerNorm: m.layerNorm, backbone: m.backbone}
	bias := func(at **libtorch.Tensor) {
		for _, p := range m.parameters {
			if b := a.Biases[p.Name]; b != nil && p.Tensor == *at {
				*at = b
			}
		}
	}
	for i := range adapted.layers {
		y := &adapted.layers[i]
		for _, l := range y.linears() {
			module := strings.TrimSuffix(l.name, ".weight")
			l.change, l.reads = a.Linear[module], a.Reads[module]
			bias(&l.bias)
		}
		if !y.selfAttn.joined.has(y.selfAttn.projections()) {
			y.selfAttn.joined = nil
		}
		bias(&y.selfAttnLayerNorm.bias)
		bias(&y.finalLayerNorm.bias)
	}
	bias(&adapted.layerNorm.bias)
	return adapted
}
