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
			times = float64(j.steps())
		}
		linear += times * past * (layers*keys + (layers-1)*rest)
		attention += times * pair * (layers - 1) * past * (past + 1) / 2
	}
	switch {
	case j.Kind != Train || j.Method == train.Head.Name:
		return float64(max(1, j.Sets)) * (linear + attention)
	case j.Method == train.Full.Name:
		return 3*linear + 3*attention
	}
	return 2*linear + 3*attention
}

// steps is the number of batches.
func (j Job) steps() int { return (len(j.Rows) + j.Batch - 1) / j.Batch }

// promptTokens is the number of virtual tokens before the texts.
func (j Job) promptTokens() int {
	if j.Method == train.Prompt.Name || j.Method == train.Prefix.Name {
		return j.PromptLength
	}
	return 0
}

// adamwBytes of each trained weight are read and written in a step: the weight and both moments twice, the gradient once each,
// all in float32.
const adamwBytes = 8 * 4

// Bytes counts what a job reads and writes in a GPU's memory at least, where a weight takes size bytes: the layers' weights
// once in each forward and each backward of a batch, all rows of an evaluation being one; the optimizer's state of
// fine-tuning; for every new token the weights, the output embedding, and the keys and values so far.
func Bytes(c xglm.Config, j Job, size int) float64 {
	d, f, layers, of := float64(c.DModel), float64(c.FFNDim), float64(c.NumLayers), float64(size)
	weights := layers * (4*d*d + 2*d*f)
	if j.Kind == Generate {
		cached := 0 // tokens whose keys and values are read
		for _, n := range j.Rows {
			for t := 1; t < j.NewTokens; t++ {
				cached += n + t
			}
		}
		return of * (float64(j.NewTokens)*(weights+float64(c.VocabSize)*d) + float64(cached)*2*d*layers)
	}
	switch {
	case j.Kind != Train:
		return of * weights
	case j.Method == train.Head.Name:
		return float64(j.steps()) * of * weights
	case j.Method == train.Full.Name:
		return float64(j.steps()) * (2*of + adamwBytes) * weights
	}
	return float64(j.steps()) * 2 * of * weights
}
