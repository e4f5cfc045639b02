package xglm

import (
	"slices"

	"xpt/libtorch"
)

// joined are the frozen projections of a layer's queries, keys and values behind one another, so that one product computes
// all three. On a GPU the three would be as many launches, and five more in the backward pass.
type joined struct {
	weight *libtorch.Tensor   // [3d, d], of which theirs are views
	bias   *libtorch.Tensor   // [3d]
	biases []*libtorch.Tensor // the views of it
}

// forward takes x [N, d] to queries, keys and values, [N, d] each.
func (j *joined) forward(s *libtorch.Scope, x *libtorch.Tensor) []*libtorch.Tensor {
	return s.Split(s.Linear(x, j.weight, j.bias), -1, len(j.biases))
}

// has tells whether j has the biases of the projections: an adapted model may have others.
func (j *joined) has(projections []*linear) bool {
	return j != nil && !slices.ContainsFunc(projections, func(l *linear) bool { return !slices.Contains(j.biases, l.bias) })
}

func (j *joined) free() {
	if j != nil {
		j.weight.Free()
		j.bias.Free()
	}
}

// joinProjections joins those of every layer. The weights stay the model's parameters, as views.
func (m *Model) joinProjections() error {
	for i := range m.layers {
		err := libtorch.NoGrad(m.device, func(s *libtorch.Scope) error {
			a := &m.layers[i].selfAttn
			j := &joined{}
			var weights, biases []**libtorch.Tensor
			for _, l := range a.projections() {
				weights, biases = append(weights, &l.weight), append(biases, &l.bias)
			}
			j.weight, j.bias = m.join(s, weights), m.join(s, biases)
			for _, b := range biases {
				j.biases = append(j.biases, *b)
			}
			a.joined = j
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// join puts parameters of one shape behind one another and views in their places.
func (m *Model) join(s *libtorch.Scope, parameters []**libtorch.Tensor) *libtorch.Tensor {
	var parts []*libtorch.Tensor
	for _, p := range parameters {
		parts = append(parts, *p)
	}
	all := s.Cat(0, parts...).Keep()
	n := all.Len(0) / len(parts)
	for k, p := range parameters {
		view := s.Narrow(all, 0, k*n, n).Keep()
		at := slices.IndexFunc(m.parameters, func(q Parameter) bool { return q.Tensor == *p })
		m.parameters[at].Tensor = view
		(*p).Free()
		*p = view
	}
	return all
}
