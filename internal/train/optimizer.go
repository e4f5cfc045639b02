package train

import (
	"xpt/internal/libtorch"
	"xpt/xglm"
)

// Adam's constants, PyTorch's defaults.
const (
	beta1 = 0.9
	beta2 = 0.999
	eps   = 1e-8
)

// group is parameters with a learning rate of their own.
type group struct {
	params []xglm.Parameter
	rate   float64
}

// adamW is torch.optim.AdamW: every parameter decays, biases too.
type adamW struct {
	groups  []group
	decay   float64
	step    int
	moments map[string][2]*libtorch.Tensor // by parameter name
}

func newAdamW(groups []group, decay float64) (*adamW, error) {
	a := &adamW{groups: groups, decay: decay, moments: map[string][2]*libtorch.Tensor{}}
	for _, g := range groups {
		for _, p := range g.params {
			err := libtorch.Infer(p.Tensor.Device(), func(s *libtorch.Scope) error {
				zero := func() *libtorch.Tensor { return s.Zeros(libtorch.Float32, p.Tensor.Shape()...).Keep() }
				a.moments[p.Name] = [2]*libtorch.Tensor{zero(), zero()}
				return nil
			})
			if err != nil {
				a.free()
				return nil, err
			}
		}
	}
	return a, nil
}

func (a *adamW) params() (out []*libtorch.Tensor) {
	for _, g := range a.groups {
		for _, p := range g.params {
			out = append(out, p.Tensor)
		}
	}
	return out
}

// update moves every parameter along its gradient, at factor times its
// group's rate, and clears the gradients.
func (a *adamW) update(factor float64) {
	a.step++
	for _, g := range a.groups {
		for _, p := range g.params {
			m := a.moments[p.Name]
			libtorch.AdamWStep(p.Tensor, m[0], m[1], g.rate*factor, beta1, beta2, eps, a.decay, a.step)
			p.Tensor.ClearGrad()
		}
	}
}

func (a *adamW) free() {
	for _, m := range a.moments {
		m[0].Free()
		m[1].Free()
	}
}

// linear is the learning rate's factor at a step counted from 0: up over the
// warm-up, then down to 0, as HuggingFace's get_linear_schedule_with_warmup.
func linear(step, warmUp, total int) float64 {
	if step < warmUp {
		return float64(step) / float64(max(1, warmUp))
	}
	return max(0, float64(total-step)/float64(max(1, total-warmUp)))
}
