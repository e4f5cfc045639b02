package xglm

import (
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// Finite tells whether all of the values are numbers.
func Finite(values []float32) bool {
	for _, v := range values {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// AllFinite is Finite of a tensor, which stays on its device.
func AllFinite(s *libtorch.Scope, x *libtorch.Tensor) bool {
	var sum float64
	s.Do(func(s *libtorch.Scope) { sum = s.Mean(s.Scale(x, 0)).Item() })
	return sum == 0
}

// CheckFinite refuses a model whose weights hold NaN or infinite values, and names the first of
// them. It reads all.
func (m *Model) CheckFinite() error {
	at := ""
	err := libtorch.NoGrad(m.device, func(s *libtorch.Scope) error {
		for _, p := range m.Parameters() {
			if at == "" && !AllFinite(s, p.Tensor) {
				at = p.Name
			}
		}
		return nil
	})
	if err == nil && at != "" {
		err = usererror.Errorf("the weight %s holds NaN or infinite values: is the checkpoint damaged?", at)
	}
	return err
}

// NotFinite is the error of a result that holds NaN or infinite values: that of CheckFinite or,
// where the weights are sound, that the type has too small a range.
func (m *Model) NotFinite() error {
	if err := m.CheckFinite(); err != nil {
		return err
	}
	return usererror.Errorf("the results are no numbers in %s: use --dtype float32, or look for NaN in what was trained beside the weights", m.dtype)
}
