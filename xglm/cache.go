package xglm

import (
	"math"
	"slices"

	"xpt/libtorch"
)

// cache is the KV cache of a batch that generates. It grows in place: each layer's keys and values
// stand in buffers that have room for every token to come, and a step writes one column of them.
//
// Columns are [shared past | the rows, padded on the right | a column per step]. Attention does not
// care for the order of columns, only for which ones it sees, so rows of different lengths step
// side by side.
type cache struct {
	keys, values []*libtorch.Tensor // per layer [B, heads, capacity, head_dim]
	paddingMask  *libtorch.Tensor   // [B, 1, 1, capacity]: 0, or -inf over padding; nil where no row is padded
	used         int                // columns written
}

// prefill runs rows behind past and keeps room for steps more tokens of each. It returns the hidden
// states of the last tokens, [B, d].
func (m *Model) prefill(s *libtorch.Scope, rows [][]int, past *Past, steps int) (*cache, *libtorch.Tensor) {
	var b Batch
	for _, row := range rows {
		b.Add(row, []int{len(row) - 1})
	}
	m.check(b, past)
	past = m.computed(s, past, Mode{})
	c := &cache{}
	shared, longest := past.Len(), slices.Max(b.Lengths)
	capacity := shared + longest + steps
	heads, width := m.Config.AttentionHeads, m.Config.HeadDim()
	if len(b.IDs) != len(rows)*longest {
		mask := make([]float32, len(rows)*capacity)
		for r, n := range b.Lengths {
			for t := n; t < longest; t++ {
				mask[r*capacity+shared+t] = float32(math.Inf(-1))
			}
		}
		c.paddingMask = s.To(s.Floats(mask, len(rows), 1, 1, capacity), m.device, m.dtype)
	}
	buffer := func(past, own *libtorch.Tensor) *libtorch.Tensor {
		all := s.Empty(m.dtype, len(rows), heads, capacity, width)
		if past != nil {
			all.Write(2, 0, past)
		}
		all.Write(2, shared, own)
		return all
	}
	last := m.forward(s, b, shared, nil, Mode{}, nil, m.runLayers(Mode{}, func(layer int) attendFunc {
		return func(in *libtorch.Scope, q, k, v *libtorch.Tensor, l *layout) *libtorch.Tensor {
			pastK, pastV := past.layer(layer)
			c.keys, c.values = append(c.keys, buffer(pastK, l.split(in, k))), append(c.values, buffer(pastV, l.split(in, v)))
			return attendWithPast(pastK, pastV, Mode{})(in, q, k, v, l)
		}
	}))
	c.used = shared + longest
	return c, last
}

// step runs one token of each row, ids [B] at positions [B], and returns their hidden states [B,
// d].
func (m *Model) step(s *libtorch.Scope, c *cache, ids, positions []int) *libtorch.Tensor {
	b := Batch{IDs: ids, Lengths: slices.Repeat([]int{1}, len(ids)), Positions: positions}
	c.used++
	var mask *libtorch.Tensor
	if c.paddingMask != nil {
		mask = s.Narrow(c.paddingMask, 3, 0, c.used)
	}
	return m.forward(s, b, 0, nil, Mode{}, nil, m.runLayers(Mode{}, func(layer int) attendFunc {
		return func(in *libtorch.Scope, q, k, v *libtorch.Tensor, l *layout) *libtorch.Tensor {
			keys, values := c.keys[layer], c.values[layer]
			keys.Write(2, c.used-1, l.split(in, k))
			values.Write(2, c.used-1, l.split(in, v))
			return l.join(in, in.Attention(l.split(in, q), in.Narrow(keys, 2, 0, c.used), in.Narrow(values, 2, 0, c.used), mask, false, 0))
		}
	}))
}
