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

// Fetch starts to bring the elements of wanted to the CPU as float32, one tensor's after the other's. read waits for them,
// and fails where not all of checked are numbers.
func (m *Model) Fetch(s *libtorch.Scope, checked *libtorch.Tensor, wanted ...*libtorch.Tensor) (read func() ([]float32, error)) {
	var fetch *libtorch.Fetch
	s.Do(func(s *libtorch.Scope) { fetch = withCheck(s, checked, wanted...).Fetch() })
	return func() ([]float32, error) {
		values, err := fetch.Values()
		if err != nil {
			return nil, err
		}
		last := len(values) - 1
		if values[last] != 0 {
			return nil, m.NotFinite()
		}
		return values[:last], nil
	}
}

// withCheck joins the elements of wanted, and one that is zero where all of checked are numbers and else is none, as float32.
func withCheck(s *libtorch.Scope, checked *libtorch.Tensor, wanted ...*libtorch.Tensor) *libtorch.Tensor {
	var parts []*libtorch.Tensor
	for _, x := range append(wanted, s.Mean(s.Scale(checked, 0))) {
		parts = append(parts, s.Reshape(s.To(x, x.Device(), libtorch.Float32), -1))
	}
	return s.Cat(0, parts...)
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
