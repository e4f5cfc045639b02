package xglm

import (
	"slices"

	"xpt/internal/libtorch"
	"xpt/internal/usererror"
)

// ErrNotFinite is the error of answers that are no numbers, which would
// otherwise be ranked and averaged as if they were some.
var ErrNotFinite = usererror.New("the model computes NaN or infinite values: its weights, or what was trained beside them, hold some, or are too large for their type: try --dtype float32")

// CheckFinite returns ErrNotFinite where a value of x is NaN or infinite.
func CheckFinite(s *libtorch.Scope, x *libtorch.Tensor) error {
	return checkFloats(s.Mean(s.To(x, x.Device(), libtorch.Float32)).Float32s())
}

func checkFloats(values []float32) error {
	if slices.ContainsFunc(values, func(v float32) bool { return v-v != 0 }) {
		return ErrNotFinite
	}
	return nil
}
