package xglm

import "xpt/libtorch"

// attendFunc attends from a layer's queries to keys and values: those of its own tokens, which it
// is given, and those of the past (KV cache), which it knows. q, k, v and the result are packed,
// [N, d].
type attendFunc func(s *libtorch.Scope, q, k, v *libtorch.Tensor, l layout) *libtorch.Tensor

// attendWithPast returns causal attention behind pastK and pastV [1, H, P, head_dim], which all
// rows share; both are nil where there is no past. It is where the kernel is chosen.
func attendWithPast(pastK, pastV *libtorch.Tensor, mode Mode) attendFunc {
	dropout := mode.AttentionDropout
	place := libtorch.RowsPlace{First: mode.Place.Token, Tokens: mode.Place.Tokens, Longest: mode.Place.Longest}
	return func(s *libtorch.Scope, q, k, v *libtorch.Tensor, l layout) *libtorch.Tensor {
		// On the CPU a kernel of xpt's own takes packed rows as they are.
		if attendsPacked(q.Device(), q.DType()) {
			return s.PackedAttention(q, k, v, pastK, pastV, l.starts, l.prefixRow, l.heads, dropout, place)
		}
		// Elsewhere libtorch's kernels take rows padded to one length, [B, H, T, head_dim].
		q, k, v = l.split(s, q), l.split(s, k), l.split(s, v)
		switch {
		case pastK == nil:
			return l.join(s, s.Attention(q, k, v, nil, true, dropout))
		case libtorch.CanAttendFlash(q, k, v, dropout): // the past is neither copied nor masked
			return l.join(s, s.FlashAttention(q, k, v, pastK, pastV, dropout))
		}
		shape := pastK.Shape()
		withPast := func(past, own *libtorch.Tensor) *libtorch.Tensor {
			return s.Cat(2, s.Expand(past, q.Len(0), shape[1], shape[2], shape[3]), own)
		}
		mask := s.CausalMask(q.Len(2), shape[2], q.DType())
		return l.join(s, s.Attention(q, withPast(pastK, k), withPast(pastV, v), mask, false, dropout))
	}
}

// attendsPacked tells whether PackedAttention computes such tensors. Tests change it.
var attendsPacked = libtorch.CanAttendPacked

// layout says where packed rows begin, and where their tokens are in the padded view that
// libtorch's kernels take. Rows are padded on the right, so that a causal mask alone keeps padding
// out of sight.
type layout struct {
	heads, longest int
	starts         []int            // the first packed position of each row, and N
	prefixRow      []int            // as in Batch; not in the padded view
	cells          *libtorch.Tensor // [N] cell of each packed position among rows*longest; nil where no row is padded
	read           *libtorch.Tensor // [R] packed positions asked for; nil for all
}

// newLayout lays b out. selects tells that the last layer selects positions though b reads all: another part of the larger
// batch may not, and dropout counts those that are read.
func newLayout(s *libtorch.Scope, b Batch, heads int, selects bool) layout {
	l := layout{heads: heads, starts: []int{0}, prefixRow: b.prefixRow}
	for _, n := range b.Lengths {
		l.longest = max(l.longest, n)
		l.starts = append(l.starts, l.starts[len(l.starts)-1]+n)
	}
	if len(b.IDs) != l.rows()*l.longest {
		cells := make([]int, 0, len(b.IDs))
		for r, n := range b.Lengths {
			for t := range n {
				cells = append(cells, r*l.longest+t)
			}
		}
		l.cells = s.Ints(cells)
	}
	switch {
	case !b.readsAll():
		l.read = s.Ints(b.Read)
	case selects:
		l.read = s.Ints(indices(len(b.IDs)))
	}
	return l
}

func (l layout) rows() int { return len(l.starts) - 1 }

// split spreads packed [N, d] over the padded view by heads, [B, H, T, head_dim].
func (l layout) split(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	if l.cells != nil {
		x = s.ScatterRows(x, l.cells, l.rows()*l.longest)
	}
	return s.Transpose(s.Reshape(x, l.rows(), l.longest, l.heads, -1), 1, 2)
}

// join is the inverse of split.
func (l layout) join(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	x = s.Reshape(s.Transpose(x, 1, 2), l.rows()*l.longest, -1)
	if l.cells != nil {
		x = s.IndexSelect(x, 0, l.cells)
	}
	return x
}
