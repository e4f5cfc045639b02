package xglm

import (
	"fmt"

	"xpt/internal/memory"
)

// Pack prepacks the frozen weights of the linear layers for oneDNN's products,
// where those are faster than products of the weights as they are, such as in
// bfloat16 on a CPU with AMX. It takes a second for 564M and the layers' memory
// again, twice with gradients; the pages of a mapped file are given back. It does
// nothing where the weights are trained or packed already, or where the memory is
// not there; results stay the same to rounding.
func (m *Model) Pack(gradients bool) error {
	if m.trainable || m.packed >= packedFor(gradients) || memory.Check(m.packedBytes(gradients), "packing") != nil {
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

// packedBytes is the memory that packing takes, and some for the work after it.
func (m *Model) packedBytes(gradients bool) int64 {
	values := 0
	for _, l := range m.linears() {
		values += l.weight.Len(0) * l.weight.Len(1)
	}
	bytes := int64(values * m.dtype.Size())
	if gradients {
		bytes *= 2
	}
	return bytes + 1<<30
}

// PackFor packs once the tokens of all its calls make up for the time that
// takes.
func (m *Model) PackFor(tokens int) error {
	m.expected += tokens
	if m.expected < worthPacking {
		return nil
	}
	return m.Pack(false)
}

// worthPacking is how many tokens make up for packing all weights.
const worthPacking = 2048

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
