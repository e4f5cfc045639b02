package xglm

import (
	"fmt"
	"slices"
)

// Batch is rows of token ids, packed: one row after the other, with no padding between them.
type Batch struct {
	IDs     []int // [N], N the sum of Lengths
	Lengths []int // tokens of each row
	// Positions numbers the tokens of each row behind the past; nil counts 0, 1, 2, ... Padding
	// shifts them under HuggingFace's rules (see Unpad).
	Positions []int // [N]
	// Read lists the packed positions whose hidden states are asked for; nil asks for all N. The
	// last layer works only where it is read.
	Read []int

	prefixRow []int // index of the row that holds each row's shared prefix, or -1; nil where no row has one (see share)
}

// NewBatch packs rows, all of whose positions are read.
func NewBatch(rows ...[]int) (b Batch) {
	for _, row := range rows {
		b.Add(row, nil)
	}
	return b
}

// Add packs one more row. read lists those of its positions, from 0, whose hidden states are asked
// for; nil asks for all.
func (b *Batch) Add(ids, read []int) {
	start := len(b.IDs)
	switch {
	case read == nil && b.Read != nil:
		read = indices(len(ids))
	case read != nil && b.Read == nil:
		b.Read = indices(start)
	}
	for _, at := range read {
		b.Read = append(b.Read, start+at)
	}
	b.IDs, b.Lengths = append(b.IDs, ids...), append(b.Lengths, len(ids))
}

// behind is b with a row of so many tokens in front that all its rows continue.
func (b Batch) behind(prompt int) Batch {
	out := Batch{IDs: append(make([]int, prompt), b.IDs...), Lengths: append([]int{prompt}, b.Lengths...), prefixRow: make([]int, len(b.Lengths)+1), Read: []int{}}
	out.prefixRow[0] = -1
	read := b.Read
	if read == nil {
		read = indices(len(b.IDs))
	}
	for _, at := range read {
		out.Read = append(out.Read, prompt+at)
	}
	if b.Positions != nil {
		out.Positions = indices(prompt)
		for _, at := range b.Positions {
			out.Positions = append(out.Positions, prompt+at)
		}
	}
	return out
}

// indices returns 0 to n-1.
func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// readsAll tells whether Read asks for all positions in order.
func (b Batch) readsAll() bool {
	return b.Read == nil || slices.Equal(b.Read, indices(len(b.IDs)))
}

// MaxTokens is how many tokens a row may have: eight times what XGLM was trained on. Memory grows
// with the length of a row, work with its square.
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
		if at < 0 || at > maxPositions {
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

// positions numbers the tokens behind the past.
func (b Batch) positions() []int {
	if b.Positions != nil {
		return slices.Clone(b.Positions)
	}
	positions := make([]int, 0, len(b.IDs))
	for r, n := range b.Lengths {
		left := 0
		if b.prefixRow != nil && b.prefixRow[r] >= 0 {
			left = b.Lengths[b.prefixRow[r]]
		}
		for t := range n {
			positions = append(positions, left+t)
		}
	}
	return positions
}
