package xglm

import "fmt"

// Pack lays the frozen weights of the linear layers out for the CPU's matrix
// products, which many forwards make worth its while: a second for 564M, and
// the layers' memory again, twice with gradients; the memory of weights cast to
// another type than the checkpoint's is given back, and the pages of a mapped
// file. It does nothing where the weights are trained, where they are packed
// already or where the hardware knows no such layout; results stay the same to
// rounding.
func (m *Model) Pack(gradients bool) error {
	if m.trainable || m.packed >= packedFor(gradients) {
		return nil
	}
	for name, l := range m.linears() {
		if err := l.pack(m.dtype, gradients); err != nil {
			return fmt.Errorf("weight %s: %w", name, err)
		}
		if l.packed != nil && m.checkpoint != nil {
			m.checkpoint.Release(name)
		}
	}
	m.packed = packedFor(gradients)
	return nil
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
