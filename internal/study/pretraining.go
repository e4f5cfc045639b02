package study

import (
	"slices"

	"xpt/internal/pretraining"
	"xpt/xglm"
)

// The values of the key pretraining beside auto, none and the path of a table; xglm and unknown are values of
// [Study.Pretraining] too.
const (
	ofXGLM = "xglm" // the checkpoint was pre-trained on XGLM's data, whatever its shape

	// UnknownPretraining stands for auto where the checkpoint is no released XGLM.
	UnknownPretraining = "unknown"
)

// pretraining is the table of a checkpoint's pre-training data, nil for none, and its name for [Study.Pretraining].
func (f *File) pretraining(c xglm.Config) (pretraining.Table, string, error) {
	switch {
	case f.Pretraining == none:
		return nil, "", nil
	case f.Pretraining == ofXGLM || f.Pretraining == auto && isReleased(c):
		return pretraining.XGLM(), ofXGLM, nil
	case f.Pretraining == auto:
		return nil, UnknownPretraining, nil
	}
	table, err := pretraining.Read(f.resolve(f.Pretraining))
	if err != nil {
		return nil, "", f.at("pretraining", err)
	}
	return table, f.Pretraining, nil
}

// isReleased tells by vocabulary and shape whether a checkpoint is one of the released models that [pretraining.XGLM] is of.
func isReleased(c xglm.Config) bool {
	return slices.ContainsFunc([]string{"564M", "1.7B", "2.9B", "7.5B"}, func(size string) bool {
		p, err := xglm.Preset(size)
		return err == nil && c.VocabSize == p.VocabSize && c.DModel == p.DModel && c.FFNDim == p.FFNDim && c.NumLayers == p.NumLayers &&
			c.AttentionHeads == p.AttentionHeads
	})
}
