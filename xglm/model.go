// Package xglm is the XGLM backbone (Lin et al., arXiv 2112.10668): a decoder-only multilingual
// Transformer with pre-norm layers and sinusoidal positions, computed as HuggingFace's XGLMModel
// does.
//
// It has one forward: packed token ids and an optional past (KV cache) -> hidden states. A soft
// prompt is a prefilled past (see package softprompt); the model knows of none.
//
// A loaded [Model] stays as it is: any number of goroutines may run forwards on it at a time, each
// in a scope of its own. Only [Model.Prepare] for gradients, [Model.Close] and an optimizer that updates
// its parameters must be alone with it.
package xglm

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"xpt/checkpoints"
	"xpt/libtorch"
)

// Model is an XGLM backbone with its weights.
type Model struct {
	Config Config
	// Note says what of the checkpoint's files is left out; empty: nothing.
	Note string

	layers    []decoderLayer
	layerNorm layerNorm
	*backbone
}

// backbone is what a model shares with those that adapt it.
type backbone struct {
	device    libtorch.Device
	dtype     libtorch.DType // of activations
	trainable bool
	embed     *libtorch.Tensor // [V, d]
	lmHead    linear           // [V, d], the embedding where tied

	parameters []Parameter // every weight once, in the checkpoint's order
	matrices   []*matrix   // those of the layers' linear layers
	preparing  sync.Mutex  // held by Prepare
	prepacked  prepacking
	checkpoint *checkpoints.Checkpoint // that weights are mapped from; nil for none
	sharing    Sharing                 // nil: this process alone
}

// newModel makes a model of the weights that get gives; ownHead tells that the LM head is not tied
// to the embedding. The first error of get is returned, with a model to be closed.
func newModel(c Config, o Options, ownHead bool, get func(TensorSpec) (*libtorch.Tensor, error)) (*Model, error) {
	w := weights{source: &source{get: get}}
	m := &Model{Config: c, backbone: &backbone{device: o.Device, dtype: o.DType, trainable: o.Trainable}}
	m.embed = w.tensor(checkpoints.EmbedTokens, c.VocabSize, c.DModel)
	for i := range c.NumLayers {
		m.layers = append(m.layers, newDecoderLayer(w.at(fmt.Sprintf("model.layers.%d", i)), c))
	}
	m.layerNorm = newLayerNorm(w.at("model.layer_norm"), c.DModel)
	m.lmHead.matrix = &matrix{weight: m.embed}
	if ownHead {
		m.lmHead.weight = w.tensor(checkpoints.LMHead, c.VocabSize, c.DModel)
	}
	m.parameters, m.matrices = w.parameters, w.matrices
	return m, w.err
}

// Device returns where the weights are.
func (m *Model) Device() libtorch.Device { return m.device }

// DType returns the type that activations are computed in.
func (m *Model) DType() libtorch.DType { return m.dtype }

// Parameters lists the weights by checkpoint name, in the checkpoint's order; a tied LM head is not
// listed.
func (m *Model) Parameters() []Parameter { return slices.Clone(m.parameters) }

// Forward returns the hidden states after the final layer norm of the positions in b.Read, [R, d],
// or of all, [N, d]. Row r's tokens see the past (nil: none) and stand at positions past.Len(),
// past.Len()+1, ... unless b.Positions says otherwise. A row's result does not depend on the rows
// beside it, but for rounding: 5e-6 of the largest value in float32. In inference without gradients
// what rows begin with alike is computed once. Call it inside Run or NoGrad, which return its
// errors.
func (m *Model) Forward(s *libtorch.Scope, b Batch, past *Past, mode Mode) *libtorch.Tensor {
	return m.ForwardEach(s, b, past, mode, nil)
}

// ForwardEach is Forward that also shows each hidden state to visit as HuggingFace's
// output_hidden_states numbers them: 0 after embedding and positions, k after layer k; the last
// one, num_layers, after the final norm. The last is [R, d], the others [N, d]; those are freed
// when visit returns.
func (m *Model) ForwardEach(s *libtorch.Scope, b Batch, past *Past, mode Mode, visit func(k int, h *libtorch.Tensor)) *libtorch.Tensor {
	m.check(b, past)
	if past.runsAlong() && visit == nil {
		return m.forward(s, b.behind(past.Len()), 0, past.vectors, mode, nil, m.layerFunc(mode, nil))
	}
	past = m.computed(s, past, mode)
	if visit == nil && b.Positions == nil && mode == (Mode{}) && !libtorch.GradEnabled() && m.sharesPrefixes() {
		b = b.share()
	}
	return m.forward(s, b, past.Len(), nil, mode, visit, m.layerFunc(mode, past))
}

// layerFunc runs layers behind past.
func (m *Model) layerFunc(mode Mode, past *Past) layerFunc {
	if mode.GradientCheckpointing {
		return m.recomputeLayers(mode, past)
	}
	return m.runLayers(mode, func(layer int) attendFunc {
		pastK, pastV := past.layer(layer)
		return attendWithPast(pastK, pastV, mode)
	})
}

// check returns an error if b is no batch for the model, or past does not have its layers.
func (m *Model) check(b Batch, past *Past) {
	err := b.check(m.Config.VocabSize)
	if err == nil && !past.empty() && (len(past.Keys) != len(m.layers) || len(past.Values) != len(m.layers)) {
		err = fmt.Errorf("a past of %d layers' keys and %d layers' values for a model of %d", len(past.Keys), len(past.Values), len(m.layers))
	}
	if err != nil {
		panic(&libtorch.Error{Op: "forward", Message: err.Error()})
	}
}

// forward is ForwardEach with a way to run a layer; start is the position of tokens whose number in
// the batch is 0. front, unless nil, are vectors [P, d] in place of the embeddings of the first P tokens.
func (m *Model) forward(s *libtorch.Scope, b Batch, start int, front *libtorch.Tensor, mode Mode, visit func(k int, h *libtorch.Tensor), run layerFunc) *libtorch.Tensor {
	l := m.newLayout(s, b, mode)
	x := s.Block(func(s *libtorch.Scope) *libtorch.Tensor {
		numbers := b.positions()
		for i := range numbers {
			numbers[i] += start
		}
		if front == nil {
			return m.embedPositions(s, m.Embed(s, b.IDs), numbers, mode)
		}
		x := s.Cat(0, s.To(front, m.device, m.dtype), m.Embed(s, b.IDs[front.Len(0):]))
		return m.embedPositions(s, x, numbers, mode)
	})
	last := m.forwardLayers(s, x, l, l.read, visit, run)
	x = m.layerNorm.forward(s, last)
	last.Free()
	if visit != nil {
		visit(len(m.layers), x)
	}
	return x
}

// embedPositions returns what layer 0 sees of vectors x [N, d] at positions numbers.
func (m *Model) embedPositions(s *libtorch.Scope, x *libtorch.Tensor, numbers []int, mode Mode) *libtorch.Tensor {
	rows := make([]int, len(numbers))
	for i, number := range numbers {
		rows[i] = number + positionOffset
	}
	positions := s.To(sinusoids(s, rows, m.Config.DModel, int(m.Config.PadTokenID)), m.device, m.dtype)
	return s.DropoutFrom(mode.Place.Token, s.Add(x, positions), mode.Dropout)
}

// forwardLayers runs x, which it frees, through the layers; the last one continues only with the
// rows in read, nil for all.
func (m *Model) forwardLayers(s *libtorch.Scope, x *libtorch.Tensor, l *layout, read *libtorch.Tensor, visit func(k int, h *libtorch.Tensor), run layerFunc) *libtorch.Tensor {
	for i := range m.layers {
		if visit != nil {
			visit(i, x)
		}
		var rows *libtorch.Tensor
		if i == len(m.layers)-1 {
			rows = read
		}
		below := x
		x = run(s, i, below, rows, l)
		below.Free()
	}
	return x
}

// layerFunc runs one layer on x, reading rows of its output, and frees what that makes on the way.
type layerFunc func(s *libtorch.Scope, layer int, x, rows *libtorch.Tensor, l *layout) *libtorch.Tensor

// runLayers runs layers with an attention for each.
func (m *Model) runLayers(mode Mode, attend func(layer int) attendFunc) layerFunc {
	return func(s *libtorch.Scope, i int, x, rows *libtorch.Tensor, l *layout) *libtorch.Tensor {
		return s.Block(func(s *libtorch.Scope) *libtorch.Tensor {
			return m.layers[i].forward(s, x, l, rows, attend(i), mode)
		})
	}
}

// recomputeLayers runs layers behind past that are computed again in the backward pass (gradient
// checkpointing).
func (m *Model) recomputeLayers(mode Mode, past *Past) layerFunc {
	return func(s *libtorch.Scope, i int, x, rows *libtorch.Tensor, l *layout) *libtorch.Tensor {
		inputs := []*libtorch.Tensor{x}
		if !past.empty() {
			inputs = append(inputs, past.Keys[i], past.Values[i])
		}
		return s.Recompute(func(s *libtorch.Scope, in []*libtorch.Tensor) *libtorch.Tensor {
			var pastK, pastV *libtorch.Tensor
			if !past.empty() {
				pastK, pastV = in[1], in[2]
			}
			return m.layers[i].forward(s, in[0], l, rows, attendWithPast(pastK, pastV, mode), mode)
		}, inputs...)
	}
}

// PastOf runs vectors [P, d], in the space that layer 0 sees before positions are added (the scaled
// space: embeddings times sqrt(d)), as one row from position 0 and returns their keys and values.
// Gradients flow to vectors.
func (m *Model) PastOf(s *libtorch.Scope, vectors *libtorch.Tensor, mode Mode) *Past {
	p := vectors.Len(0)
	x := m.embedPositions(s, s.To(vectors, m.device, m.dtype), indices(p), mode)
	past := &Past{}
	row := m.newLayout(s, Batch{IDs: make([]int, p), Lengths: []int{p}}, Mode{})
	nothing := s.Ints(nil) // is read of the last layer's output
	m.forwardLayers(s, x, row, nothing, nil, m.runLayers(mode, func(int) attendFunc {
		return func(in *libtorch.Scope, q, k, v *libtorch.Tensor, l *layout) *libtorch.Tensor {
			past.Keys, past.Values = append(past.Keys, s.Adopt(l.split(in, k))), append(past.Values, s.Adopt(l.split(in, v)))
			if len(past.Keys) == len(m.layers) {
				return q
			}
			return attendWithPast(nil, nil, mode)(in, q, k, v, l)
		}
	}))
	return past
}

// PromptOf is PastOf for forwards that gradients flow back through to vectors, once or more often. Where rows that continue
// others have gradients, which is on a GPU, the vectors run along with each batch, as a row that all others continue: half the
// launches of kernels. Such a past has no Keys and Values.
func (m *Model) PromptOf(s *libtorch.Scope, vectors *libtorch.Tensor, mode Mode) *Past {
	if m.attentionKernel() == libtorch.FlashAttention && libtorch.GradEnabled() {
		return &Past{vectors: vectors}
	}
	return m.PastOf(s, vectors, mode)
}

// computed is past with its keys and values.
func (m *Model) computed(s *libtorch.Scope, past *Past, mode Mode) *Past {
	if past.runsAlong() {
		return m.PastOf(s, past.vectors, mode)
	}
	return past
}

// Embed returns the scaled embeddings [n, d] of ids: what the model sees before positions are
// added.
func (m *Model) Embed(s *libtorch.Scope, ids []int) *libtorch.Tensor {
	x := s.Embedding(m.embed, s.Ints(ids), int(m.Config.PadTokenID))
	x = s.To(x, m.device, m.dtype)
	if m.Config.ScaleEmbedding {
		x = s.Scale(x, math.Sqrt(float64(m.Config.DModel)))
	}
	return x
}

// Logits returns the LM head's scores [R, V] of hidden states [R, d].
func (m *Model) Logits(s *libtorch.Scope, hidden *libtorch.Tensor) *libtorch.Tensor {
	return m.lmHead.forward(s, hidden, Mode{})
}

// Close frees the weights and unmaps the checkpoint.
func (m *Model) Close() error {
	for _, l := range m.matrices {
		l.prepacked.Load().Free()
	}
	for _, p := range m.parameters {
		p.Tensor.Free()
	}
	for i := range m.layers {
		m.layers[i].selfAttn.joined.free()
	}
	if m.checkpoint != nil {
		return m.checkpoint.Close()
	}
	return nil
}
