package xglm

import "xpt/libtorch"

// Past holds the keys and values of every layer for the positions that stand
// left of a text: a soft prompt's, or the tokens so far. A prompt, being the
// same for every row, has one row that all share.
type Past struct {
	Keys   []*libtorch.Tensor // per layer [1, heads, P, head_dim]
	Values []*libtorch.Tensor // per layer [1, heads, P, head_dim]
}

// Len is the number of past positions; a nil past has none.
func (p *Past) Len() int {
	if p == nil {
		return 0
	}
	return p.Keys[0].Len(2)
}
