package xglm

import (
	"fmt"

	"xpt/internal/libtorch"
)

// Pack lays the frozen weights of the linear layers out for the CPU's matrix
// products, which many forwards make worth its while: a second for 564M, and
// the layers' memory again, twice with gradients. Where the checkpoint is
// mapped its own pages are given back. It does nothing where the weights are
// trained, where they are packed already or where the hardware knows no such
// layout; results stay the same to rounding.
func (m *Model) Pack(gradients bool) error {
	if m.trainable || m.packed >= packedFor(gradients) {
		return nil
	}
	m.unpack()
	for i := range m.layers {
		for name, l := range m.layers[i].linears() {
			name = fmt.Sprintf("model.layers.%d.%s.weight", i, name)
			var err error
			if l.packed, err = libtorch.Pack(l.weight, gradients); err != nil {
				return fmt.Errorf("weight %s: %w", name, err)
			}
			if l.packed != nil && m.checkpoint != nil {
				m.checkpoint.Release(name)
			}
		}
	}
	m.packed = packedFor(gradients)
	return nil
}

func (m *Model) unpack() {
	for i := range m.layers {
		for _, l := range m.layers[i].linears() {
			l.packed.Free()
			l.packed = nil
		}
	}
	m.packed = notPacked
}

// packing is what the weights are packed for.
type packing int

const (
	notPacked packing = iota
	forInference
	forGradients
)

func packedFor(gradients bool) packing {
	if gradients {
		return forGradients
	}
	return forInference
}

// linears are the linear layers by their names in the checkpoint.
func (y *layer) linears() map[string]*linear {
	a := &y.selfAttn
	return map[string]*linear{"self_attn.q_proj": &a.q, "self_attn.k_proj": &a.k, "self_attn.v_proj": &a.v, "self_attn.out_proj": &a.out, "fc1": &y.fc1, "fc2": &y.fc2}
}
