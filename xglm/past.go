package xglm

import "xpt/libtorch"

// Past is a KV cache (HuggingFace's past_key_values): the keys and values of every layer for the
// positions before a text, a soft prompt's or those of earlier tokens. All rows of a batch share
// it.
type Past struct {
	Keys   []*libtorch.Tensor // per layer [1, heads, P, head_dim]
	Values []*libtorch.Tensor // per layer [1, heads, P, head_dim]
}

// Len returns the number of past positions, P; a nil past has none.
func (p *Past) Len() int {
	if p == nil {
		return 0
	}
	return p.Keys[0].Len(2)
}

// layer returns the keys and values of layer i, nil where p is nil.
func (p *Past) layer(i int) (keys, values *libtorch.Tensor) {
	if p == nil {
		return nil, nil
	}
	return p.Keys[i], p.Values[i]
}
