package train

import (
	"xpt/internal/optim"
	"xpt/libtorch"
	"xpt/xglm"
)

// Adam's constants, PyTorch's defaults.
const (
	beta1   = 0.9
	beta2   = 0.999
	adamEps = 1e-8
)

// group is parameters with a rate and a decay of their own.
type group struct {
	params      []xglm.Parameter
	rate, decay float64
}

// optimizer moves parameters along their gradients. Its state is float32
// tensors beside each parameter, saved with it.
type optimizer struct {
	name   string
	groups []group
	step   int                           // updates so far
	state  map[string][]*libtorch.Tensor // by parameter name
	seen   map[string][]byte             // of AdamW's tables: the rows that ever had a gradient, which alone have moments
}

// newOptimizer makes adamw (torch.optim.AdamW: biases decay too) or adafactor
// (torch.optim.Adafactor) with no update done. elsewhere, unless nil, tells of parameters whose state a [reducer] shards.
func newOptimizer(name string, elsewhere func(xglm.Parameter) bool, groups ...group) (*optimizer, error) {
	a := &optimizer{name: name, groups: groups, state: map[string][]*libtorch.Tensor{}, seen: map[string][]byte{}}
	for _, p := range a.parameters() {
		if elsewhere != nil && elsewhere(p) {
			continue
		}
		err := libtorch.NoGrad(p.Tensor.Device(), func(s *libtorch.Scope) error {
			zeros := func(shape []int) *libtorch.Tensor { return s.Zeros(libtorch.Float32, shape...) }
			if name == "adamw" && p.Table && s.Device == libtorch.CPU {
				zeros = func(shape []int) *libtorch.Tensor { return optim.UntouchedZeros(s, shape...) }
				a.seen[p.Name] = make([]byte, p.Tensor.Len(0))
			}
			for _, shape := range a.stateShapes(p.Tensor.Shape()) {
				a.state[p.Name] = append(a.state[p.Name], zeros(shape).Keep())
			}
			return nil
		})
		if err != nil {
			a.free()
			return nil, err
		}
	}
	return a, nil
}

// stateShapes are the tensors kept for a parameter: AdamW's two moments;
// Adafactor's variance by row and by column of a matrix, of each element
// otherwise.
func (a *optimizer) stateShapes(shape []int) [][]int {
	if a.name == "adamw" {
		return [][]int{shape, shape}
	}
	if len(shape) == 2 {
		return [][]int{{shape[0], 1}, {1, shape[1]}}
	}
	return [][]int{shape}
}

func (a *optimizer) parameters() (out []xglm.Parameter) {
	for _, g := range a.groups {
		out = append(out, g.params...)
	}
	return out
}

func (a *optimizer) tensors() (out []*libtorch.Tensor) {
	for _, p := range a.parameters() {
		out = append(out, p.Tensor)
	}
	return out
}

// groupOf is the group of parameter number i.
func (a *optimizer) groupOf(i int) int {
	for g := range a.groups {
		if i -= len(a.groups[g].params); i < 0 {
			return g
		}
	}
	return len(a.groups)
}

// adamW is the update of g's parameters at factor times its rate.
func (g group) adamW(factor float64) optim.AdamW {
	return optim.AdamW{LR: g.rate * factor, Beta1: beta1, Beta2: beta2, Eps: adamEps, WeightDecay: g.decay}
}

// update does one step of every parameter that has its state here, by clip times its gradient, at factor
// times its group's rate.
func (a *optimizer) update(factor float64, clip *libtorch.Tensor) {
	a.step++
	for _, g := range a.groups {
		var moving []optim.Moving
		for _, p := range g.params {
			state := a.state[p.Name]
			switch {
			case state == nil:
			case a.name == "adamw":
				moving = append(moving, optim.Moving{Param: p.Tensor, ExpAvg: state[0], ExpAvgSq: state[1], Seen: a.seen[p.Name]})
			default:
				optim.Adafactor{LR: g.rate * factor, WeightDecay: g.decay}.Step(p.Tensor, state, clip, a.step)
			}
		}
		g.adamW(factor).Step(moving, clip, a.step)
	}
}

func (a *optimizer) free() {
	for _, tensors := range a.state {
		for _, t := range tensors {
			t.Free()
		}
	}
}
