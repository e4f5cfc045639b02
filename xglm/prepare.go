package xglm

import (
	"fmt"
	"math"

	"xpt/internal/memory"
	"xpt/internal/prepack"
)

// Many is a workload of tokens without a known end, such as a training.
const Many = math.MaxInt

// worthPrepacking is how many tokens make up for prepacking all weights.
const worthPrepacking = 2048

// prepacking is what the weights are prepacked for.
type prepacking int

const (
	notPrepacked prepacking = iota
	forInference
	forGradients
)

// Prepare readies the model for forwards over so many tokens in all; gradients says that they flow
// through it. Where the tokens are many enough it prepacks the frozen weights for oneDNN's
// products, if those are faster, such as in bfloat16 on a CPU with AMX. That takes a second for
// 564M and the layers' memory again, twice with gradients; the pages of a mapped file are given
// back. Results stay the same to rounding. It does nothing where the weights are trained or
// prepacked already, or where the memory is not there. Forwards without
// gradients may run meanwhile.
func (m *Model) Prepare(tokens int, gradients bool) error {
	want := forInference
	if gradients {
		want = forGradients
	}
	m.preparing.Lock()
	defer m.preparing.Unlock()
	if tokens < worthPrepacking || m.trainable || m.prepacked >= want || memory.Check(m.prepackedBytes(gradients), "prepacking") != nil {
		return nil
	}
	for _, l := range m.matrices {
		l.prepacked.Swap(nil).Free()
		packed, err := prepack.Pack(l.weight, m.dtype, gradients)
		if err != nil {
			return fmt.Errorf("weight %s: %w", l.name, err)
		}
		l.prepacked.Store(packed)
		if packed != nil && m.checkpoint != nil {
			m.checkpoint.Release(l.name)
		}
	}
	m.prepacked = want
	return nil
}

// prepackedBytes is the memory that prepacking takes, and some for the work after it.
func (m *Model) prepackedBytes(gradients bool) int64 {
	values := 0
	for _, l := range m.matrices {
		values += l.weight.Len(0) * l.weight.Len(1)
	}
	bytes := int64(values * m.dtype.Size())
	if gradients {
		bytes *= 2
	}
	return bytes + 1<<30
}
