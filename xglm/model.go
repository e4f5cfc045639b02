// Package xglm is the XGLM backbone (Lin et al., arXiv 2112.10668): a
// decoder-only multilingual Transformer with pre-norm layers and sinusoidal
// positions, computed as HuggingFace's XGLMModel does.
//
// It has one forward: packed token ids and an optional past -> hidden states.
// A soft prompt is a past (see package softprompt); the model knows of none.
package xglm

import (
	"fmt"
	"math"
	"slices"

	"xpt/checkpoints"
	"xpt/libtorch"
)

// Model is an XGLM backbone with its weights.
type Model struct {
	Config Config
	// Training turns on dropout.
	Training bool
	// Recompute keeps only the layers' inputs in training and computes the rest
	// again in the backward pass: less memory for a third more time.
	Recompute bool
	// Note says what of the checkpoint's files is left out; empty: nothing.
	Note string

	device    libtorch.Device
	dtype     libtorch.DType
	weights   map[string]*libtorch.Tensor // by checkpoint name
	embed     *libtorch.Tensor            // [V, d]
	lmHead    linear                      // [V, d], the embedding where tied
	layers    []layer
	layerNorm layerNorm
	positions *libtorch.Tensor // [rows, d], rows grown on demand
	trainable bool
	packed    packing
	expected  int // tokens that PackFor was told of

	checkpoint *checkpoints.Checkpoint // that weights are mapped from; nil for none
}

// Device is where the weights are.
func (m *Model) Device() libtorch.Device { return m.device }

// DType is the type that activations are computed in.
func (m *Model) DType() libtorch.DType { return m.dtype }

// Forward returns the hidden states after the final layer norm of the
// positions in b.Read, [R, d], or of all, [N, d]. Row r's tokens see the past
// and stand at positions past.Len(), past.Len()+1, ... unless b.Positions says
// otherwise. A row's result does not depend on the rows beside it, but for
// rounding: 5e-6 of the largest value in float32. What rows begin with alike is
// computed once where no gradients are wanted. It must run inside a libtorch
// scope, which it fails through.
func (m *Model) Forward(s *libtorch.Scope, b Batch, past *Past) *libtorch.Tensor {
	return m.ForwardEach(s, b, past, nil)
}

// ForwardEach is Forward that also shows each hidden state to visit as
// HuggingFace's output_hidden_states numbers them: 0 after embedding and
// positions, k after layer k; the last one, num_layers, after the final norm.
// The last is [R, d], the others [N, d]; those are freed when visit returns.
func (m *Model) ForwardEach(s *libtorch.Scope, b Batch, past *Past, visit func(k int, h *libtorch.Tensor)) *libtorch.Tensor {
	through := m.through(func(layer int) view {
		if past == nil {
			return behind(nil, nil, m.mode())
		}
		return behind(past.Keys[layer], past.Values[layer], m.mode())
	})
	if m.Training && m.Recompute {
		through = m.again(past)
	}
	m.check(b)
	if visit == nil && b.Positions == nil && m.shares() && !m.Training && !libtorch.GradEnabled() {
		b = b.share()
	}
	return m.forward(s, b, past.Len(), visit, through)
}

// check fails where b is no batch for the model.
func (m *Model) check(b Batch) {
	if err := b.check(m.Config.VocabSize); err != nil {
		panic(&libtorch.Error{Op: "forward", Message: err.Error()})
	}
}

// forward is ForwardEach with a way through the layers; start is the position
// of tokens whose number in the batch is 0.
func (m *Model) forward(s *libtorch.Scope, b Batch, start int, visit func(k int, h *libtorch.Tensor), through pass) *libtorch.Tensor {
	l := newLayout(s, b, m.Config.AttentionHeads)
	x := s.Block(func(s *libtorch.Scope) *libtorch.Tensor { return m.embedTokens(s, b, start) })
	x = m.layersForward(s, x, l, l.read, visit, through)
	last := x
	x = m.layerNorm.forward(s, last)
	last.Free()
	if visit != nil {
		visit(len(m.layers), x)
	}
	return x
}

// layersForward takes x, which it frees, through the layers; the last one goes
// on only with the rows in read, nil for all.
func (m *Model) layersForward(s *libtorch.Scope, x *libtorch.Tensor, l layout, read *libtorch.Tensor, visit func(k int, h *libtorch.Tensor), through pass) *libtorch.Tensor {
	for i := range m.layers {
		if visit != nil {
			visit(i, x)
		}
		var rows *libtorch.Tensor
		if i == len(m.layers)-1 {
			rows = read
		}
		below := x
		x = through(s, i, below, rows, l)
		below.Free()
	}
	return x
}

// pass takes x through one layer, and frees what that makes on the way.
type pass func(s *libtorch.Scope, layer int, x, rows *libtorch.Tensor, l layout) *libtorch.Tensor

// through is a pass with a view for each layer.
func (m *Model) through(look func(layer int) view) pass {
	return func(s *libtorch.Scope, i int, x, rows *libtorch.Tensor, l layout) *libtorch.Tensor {
		return s.Block(func(s *libtorch.Scope) *libtorch.Tensor { return m.layers[i].forward(s, x, l, rows, look(i), m.mode()) })
	}
}

// again is a pass whose layers are computed again in the backward pass.
func (m *Model) again(past *Past) pass {
	return func(s *libtorch.Scope, i int, x, rows *libtorch.Tensor, l layout) *libtorch.Tensor {
		inputs := []*libtorch.Tensor{x}
		if past != nil {
			inputs = append(inputs, past.Keys[i], past.Values[i])
		}
		return s.Recompute(func(s *libtorch.Scope, in []*libtorch.Tensor) *libtorch.Tensor {
			look := behind(nil, nil, m.mode())
			if past != nil {
				look = behind(in[1], in[2], m.mode())
			}
			return m.layers[i].forward(s, in[0], l, rows, look, m.mode())
		}, inputs...)
	}
}

// PastOf runs vectors [P, d], in the space that layer 0 sees before positions
// are added (the scaled space: embeddings times sqrt(d)), as one row from
// position 0 and returns what they leave behind. Gradients flow to vectors.
func (m *Model) PastOf(s *libtorch.Scope, vectors *libtorch.Tensor) *Past {
	p := vectors.Len(0)
	x := s.To(vectors, m.device, m.dtype)
	x = m.drop(s, s.Add(x, s.Narrow(m.positionTable(positionOffset+p), 0, positionOffset, p)))
	past := &Past{}
	nothing := s.Ints(nil) // of what the last layer makes of them
	m.layersForward(s, x, layout{heads: m.Config.AttentionHeads, longest: p, starts: []int{0, p}}, nothing, nil, m.through(func(int) view {
		return func(in *libtorch.Scope, q, k, v *libtorch.Tensor, l layout) *libtorch.Tensor {
			past.Keys, past.Values = append(past.Keys, s.Adopt(l.split(in, k))), append(past.Values, s.Adopt(l.split(in, v)))
			if len(past.Keys) == len(m.layers) {
				return q
			}
			return behind(nil, nil, m.mode())(in, q, k, v, l)
		}
	}))
	return past
}

// Embed returns the scaled embeddings [n, d] of ids: what the model sees
// before positions are added.
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
	return m.lmHead.forward(s, hidden)
}

// embedTokens is what layer 0 sees, [N, d]; start is the position of number 0.
func (m *Model) embedTokens(s *libtorch.Scope, b Batch, start int) *libtorch.Tensor {
	positions := b.positions()
	for i := range positions {
		positions[i] += start + positionOffset
	}
	table := s.IndexSelect(m.positionTable(slices.Max(positions)+1), 0, s.Ints(positions))
	return m.drop(s, s.Add(m.Embed(s, b.IDs), table))
}

func (m *Model) drop(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	return s.Dropout(x, m.mode().dropout)
}

func (m *Model) mode() mode {
	if !m.Training {
		return mode{}
	}
	c := m.Config
	return mode{dropout: c.Dropout, attentionDropout: c.AttentionDropout, activationDropout: c.ActivationDropout}
}

// Weight returns a weight by its checkpoint name.
func (m *Model) Weight(name string) (*libtorch.Tensor, error) {
	if w := m.weights[name]; w != nil {
		return w, nil
	}
	return nil, fmt.Errorf("the model has no weight %q", name)
}

// Close frees the weights and unmaps the checkpoint.
func (m *Model) Close() error {
	m.lmHead.free()
	for _, l := range m.linears() {
		l.free()
	}
	for _, w := range m.weights {
		w.Free()
	}
	m.positions.Free()
	if m.checkpoint != nil {
		return m.checkpoint.Close()
	}
	return nil
}
