package xglm

import "xpt/libtorch"

// Past is a KV cache (HuggingFace's past_key_values): the keys and values of every layer for the
// positions before a text, a soft prompt's or those of earlier tokens. All rows of a batch share
// it.
type Past struct {
	Keys   []*libtorch.Tensor // per layer [1, heads, P, head_dim]
	Values []*libtorch.Tensor // per layer [1, heads, P, head_dim]

	vectors *libtorch.Tensor // [P, d], in place of both: they run along with a batch, see Model.PromptOf
}

// Len returns the number of past positions, P; a nil or empty past has none.
func (p *Past) Len() int {
	switch {
	case p.runsAlong():
		return p.vectors.Len(0)
	case p.empty():
		return 0
	}
	return p.Keys[0].Len(2)
}

// runsAlong tells whether p is vectors that are yet to run.
func (p *Past) runsAlong() bool { return p != nil && p.vectors != nil }

func (p *Past) empty() bool { return p == nil || len(p.Keys) == 0 }

// layer returns the keys and values of layer i, nil where p is empty.
func (p *Past) layer(i int) (keys, values *libtorch.Tensor) {
	if p.empty() {
		return nil, nil
	}
	return p.Keys[i], p.Values[i]
}
