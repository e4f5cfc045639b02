package bench

import (
	"xpt/internal/train"
	"xpt/xglm"
)

// FLOPs counts the additions and multiplications of the necessary matrix products in a pass of a training or an evaluation:
// without padding, with common prefixes evaluated once, an input prompt once per step or evaluation, and the last layer only at
// the positions that are read. Backward counts as much as forward for the gradients of activations, and again for those of
// trained weights; twice as much for attention.
func FLOPs(c xglm.Config, j Job) float64 {
	d, f := float64(c.DModel), float64(c.FFNDim)
	layers := float64(c.NumLayers)
	keys, rest := 2*2*d*d, 2*(2*d*d+2*d*f) // of a position: keys and values; queries, output and feed-forward layers
	pair := 2 * 2 * d                      // of a query and a key: the score, and the weighted value

	past := float64(j.promptTokens())
	linear, attention := 0.0, 0.0
	for r, row := range j.Rows {
		common := 0.0
		if j.Kind == Eval && len(j.Common) > 0 {
			common = float64(j.Common[r])
		}
		n, left := float64(row)-common, past+common
		linear += layers*n*keys + ((layers-1)*n+1)*rest
		attention += pair * ((layers-1)*(n*left+n*(n+1)/2) + left + n)
	}
	if j.Method == train.Prompt.Name {
		times := 1.0 // forwards of the prompt
		if j.Kind == Train {
			times = float64((len(j.Rows) + j.Batch - 1) / j.Batch)
		}
		linear += times * past * (layers*keys + (layers-1)*rest)
		attention += times * pair * (layers - 1) * past * (past + 1) / 2
	}
	switch {
	case j.Kind != Train || j.Method == train.Head.Name:
		return linear + attention
	case j.Method == train.Full.Name:
		return 3*linear + 3*attention
	}
	return 2*linear + 3*attention
}

// promptTokens is the number of virtual tokens before the texts.
func (j Job) promptTokens() int {
	if j.Method == train.Prompt.Name || j.Method == train.Prefix.Name {
		return j.PromptLength
	}
	return 0
}
