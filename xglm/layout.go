package xglm

import "xpt/libtorch"

// layout says where packed rows begin, and where their tokens are in the padded view that
// libtorch's kernels take. Rows are padded on the right, so that a causal mask alone keeps padding
// out of sight.
type layout struct {
	scope          *libtorch.Scope // of the forward, whose layers all have this layout
	kernel         libtorch.AttentionKernel
	heads, longest int
	starts         []int // the first packed position of each row, and N
	prefixRow      []int // as in Batch; not in the padded view
	place          Place
	read           *libtorch.Tensor // [R] packed positions asked for; nil for all

	rowsOf  *libtorch.PackedRows // see packed
	cellsOf *libtorch.Tensor     // see cells
}

// newLayout lays b out for m. A batch that is a part of a larger one selects the positions that the last layer reads even if
// they are all: another part may not read all, and dropout counts those that are read.
func (m *Model) newLayout(s *libtorch.Scope, b Batch, mode Mode) *layout {
	l := &layout{scope: s, kernel: m.attentionKernel(), heads: m.Config.AttentionHeads, starts: []int{0}, prefixRow: b.prefixRow, place: mode.Place}
	for _, n := range b.Lengths {
		l.longest = max(l.longest, n)
		l.starts = append(l.starts, l.tokens()+n)
	}
	switch {
	case !b.readsAll():
		l.read = s.Ints(b.Read)
	case mode.Place != Place{}:
		l.read = s.Ints(indices(len(b.IDs)))
	}
	return l
}

func (l *layout) rows() int { return len(l.starts) - 1 }

func (l *layout) tokens() int { return l.starts[len(l.starts)-1] }

// packed is the layout as kernels of packed rows take it.
func (l *layout) packed() *libtorch.PackedRows {
	if l.rowsOf == nil {
		place := libtorch.RowsPlace{First: l.place.Token, Tokens: l.place.Tokens, Longest: l.place.Longest}
		l.rowsOf = l.scope.PackRows(l.kernel, l.starts, l.prefixRow, place)
	}
	return l.rowsOf
}

// cells are the cell of each packed position among rows*longest, [N]; nil where no row is padded.
func (l *layout) cells() *libtorch.Tensor {
	if l.cellsOf == nil && l.tokens() != l.rows()*l.longest {
		cells := make([]int, 0, l.tokens())
		for r := range l.rows() {
			for t := range l.starts[r+1] - l.starts[r] {
				cells = append(cells, r*l.longest+t)
			}
		}
		l.cellsOf = l.scope.Ints(cells)
	}
	return l.cellsOf
}

// split spreads packed [N, d] over the padded view by heads, [B, H, T, head_dim].
func (l *layout) split(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	if cells := l.cells(); cells != nil {
		x = s.ScatterRows(x, cells, l.rows()*l.longest)
	}
	return s.Transpose(s.Reshape(x, l.rows(), l.longest, l.heads, -1), 1, 2)
}

// join is the inverse of split.
func (l *layout) join(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	x = s.Reshape(s.Transpose(x, 1, 2), l.rows()*l.longest, -1)
	if cells := l.cells(); cells != nil {
		x = s.IndexSelect(x, 0, cells)
	}
	return x
}
