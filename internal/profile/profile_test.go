package profile

import (
	"errors"
	"testing"

	"xpt/libtorch"
)

// The operations of both directions are counted, and told apart.
func TestRun(t *testing.T) {
	var w *libtorch.Tensor
	ops, err := Run(func() error {
		return libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) (err error) {
			if w, err = libtorch.NewParameter(s.Floats([]float32{1, 2, 3, 4}, 2, 2)); err != nil {
				return err
			}
			s.Mean(s.Matmul(s.Matmul(s.Floats([]float32{5, 6}, 1, 2), w), w)).Backward()
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Free()
	products := map[bool]int{}
	for _, op := range ops {
		if op.Name == "aten::mm" {
			products[op.Backward] += op.Count
		}
		if op.Seconds < 0 || op.Count < 1 {
			t.Errorf("%+v", op)
		}
	}
	if products[false] != 2 || products[true] != 3 { // backward: two for the weights, one for what lies between
		t.Errorf("products forward and backward: %v, want 2 and 3", products)
	}
}

// What fails in a profile leaves no profile behind.
func TestRunOfAFailure(t *testing.T) {
	sorry := errors.New("sorry")
	for range 2 {
		if _, err := Run(func() error { return sorry }); !errors.Is(err, sorry) {
			t.Errorf("error %v", err)
		}
		_, err := Run(func() error {
			return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
				s.Matmul(s.Zeros(libtorch.Float32, 2, 3), s.Zeros(libtorch.Float32, 2, 3))
				return nil
			})
		})
		var torch *libtorch.Error
		if !errors.As(err, &torch) {
			t.Errorf("error %v", err)
		}
	}
}
