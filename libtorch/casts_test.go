package libtorch

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Casts made together and their gradients are those made one by one, also of a tensor that the loss does not depend on.
func TestCastAll(t *testing.T) {
	shapes := [][]int{{3, 4}, {5}, {2, 3}}
	run := func(together bool) (values, gradients []float32, unused bool) {
		rng := rand.New(rand.NewPCG(5, 5))
		err := Run(CPU, func(s *Scope) error {
			var params []*Tensor
			for _, shape := range shapes {
				n := 1
				for _, k := range shape {
					n *= k
				}
				p, err := NewParameter(s.Floats(random(rng, n), shape...))
				if err != nil {
					return err
				}
				params = append(params, s.Adopt(p))
			}
			var losses []*Tensor
			s.Do(func(in *Scope) {
				if together {
					in.CastAll(params, BFloat16)
				}
				for i, p := range params[:2] {
					in.Do(func(in *Scope) {
						half := in.To(p, CPU, BFloat16)
						if together != (half == in.casts[p]) || in.To(p, CPU, Float32) != p {
							t.Errorf("together %v: another cast of tensor %d", together, i)
						}
						values = append(values, half.Float32s()...)
						losses = append(losses, s.Adopt(in.Mean(in.To(in.Mul(half, half), CPU, Float32))))
					})
				}
			})
			if s.To(params[0], CPU, BFloat16) == nil || s.casts != nil {
				t.Error("the casts outlive their scope")
			}
			s.Add(losses[0], losses[1]).Backward()
			for _, p := range params[:2] {
				gradients = append(gradients, s.Grad(p).Float32s()...)
			}
			unused = s.Grad(params[2]) == nil
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return values, gradients, unused
	}
	wantValues, wantGradients, _ := run(false)
	values, gradients, unused := run(true)
	if !slices.Equal(values, wantValues) || !slices.Equal(gradients, wantGradients) || !unused {
		t.Errorf("values %v and gradients %v, want %v and %v; the unused one has none: %v", values, gradients, wantValues, wantGradients, unused)
	}
}
