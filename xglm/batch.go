package xglm

import (
	"fmt"
	"slices"

	"xpt/libtorch"
)

// Batch is rows of token ids, packed: one row's after the other's, with no
// padding between them.
type Batch struct {
	IDs     []int // [N], N the sum of Lengths
	Lengths []int // tokens of each row
	// Positions numbers the tokens of each row behind the past; nil counts 0,
	// 1, 2, ... Padding shifts them under HuggingFace's rules (see Unpad).
	Positions []int // [N]
	// Read lists the packed positions whose hidden states are asked for; nil
	// asks for all N. The last layer works only where it is read.
	Read []int

	behind []int // for each row another that its tokens continue, -1 for none; nil where none does (see share)
}

// Pack makes a batch of rows.
func Pack(rows ...[]int) Batch {
	var b Batch
	for _, row := range rows {
		b.IDs = append(b.IDs, row...)
		b.Lengths = append(b.Lengths, len(row))
	}
	return b
}

// MaxTokens is how many tokens a row may have: eight times what XGLM was
// trained on. Memory grows with the length of a row, work with its square.
const MaxTokens = 16384

// check says what is wrong with a batch for a vocabulary of the given size.
func (b Batch) check(vocab int) error {
	n := 0
	for i, length := range b.Lengths {
		if length <= 0 || length > MaxTokens {
			return fmt.Errorf("row %d of the batch has %d tokens: it takes 1 to %d", i, length, MaxTokens)
		}
		n += length
	}
	if n != len(b.IDs) || n == 0 {
		return fmt.Errorf("the batch has %d ids for rows of %d tokens in all", len(b.IDs), n)
	}
	if b.Positions != nil && len(b.Positions) != n {
		return fmt.Errorf("the batch has %d positions for %d tokens", len(b.Positions), n)
	}
	for _, at := range b.Positions {
		if at < 0 || at > maxPosition {
			return fmt.Errorf("%d is no position of a token", at)
		}
	}
	for _, id := range b.IDs {
		if id < 0 || id >= vocab {
			return fmt.Errorf("token id %d is outside the vocabulary of %d", id, vocab)
		}
	}
	for _, at := range b.Read {
		if at < 0 || at >= n {
			return fmt.Errorf("position %d is outside the batch of %d tokens", at, n)
		}
	}
	return nil
}

// maxPosition keeps a mistaken position from growing the table without end.
const maxPosition = 1 << 20

// positions numbers the tokens behind the past.
func (b Batch) positions() []int {
	if b.Positions != nil {
		return slices.Clone(b.Positions)
	}
	positions := make([]int, 0, len(b.IDs))
	for r, n := range b.Lengths {
		left := 0
		if b.behind != nil && b.behind[r] >= 0 {
			left = b.Lengths[b.behind[r]]
		}
		for t := range n {
			positions = append(positions, left+t)
		}
	}
	return positions
}

// layout says how packed rows stand one after the other, and in the padded view
// of attention where that needs one. Rows are padded on the right, so that a
// causal mask alone keeps padding out of sight.
type layout struct {
	heads, longest int
	starts         []int            // the first packed position of each row, and N
	behind         []int            // the row that each continues (see Batch); not in the padded view
	cells          *libtorch.Tensor // [N] cell of each packed position among rows*longest; nil where no row is padded
	read           *libtorch.Tensor // [R] packed positions asked for; nil for all
}

func newLayout(s *libtorch.Scope, b Batch, heads int) layout {
	l := layout{heads: heads, starts: []int{0}, behind: b.behind}
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
	if b.Read != nil {
		l.read = s.Ints(b.Read)
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
