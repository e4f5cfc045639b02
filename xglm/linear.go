package xglm

import (
	"fmt"

	"xpt/internal/libtorch"
)

// linear is x W^T + b with W [out, in].
//
// A trained weight is float32 and is cast to the activations' type on use,
// through which gradients flow back. A frozen one on the CPU stays as it lies in
// the checkpoint's file until a product wants it otherwise.
type linear struct {
	weight, bias *libtorch.Tensor
	cast         *libtorch.Tensor // the weight in the activations' type, where it is stored in another; nil until it is needed
	packed       *libtorch.Packed // the weight laid out for products; nil where it is not (see Model.Pack)
	passing      bool             // what is made of the weight is not worth keeping without gradients (see Model.PackFor)
}

func (l *linear) forward(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	if l.packed != nil {
		return s.LinearPacked(x, l.packed, l.bias)
	}
	bias := like(s, l.bias, x)
	switch {
	case l.weight.DType() == x.DType():
		return s.Linear(x, l.weight, bias)
	case l.weight.WantsGrad():
		return s.Linear(x, like(s, l.weight, x), bias)
	}
	// Few rows take as long as the weights from memory, and half types come twice as fast as float32, with the same result.
	if y := s.LinearOfFewRows(x, l.weight, bias); y != nil {
		return y
	}
	if l.passing && !x.WantsGrad() { // in memory that stays in the cache: to find and clear some for all weights takes longer than all the rest
		return s.Block(func(s *libtorch.Scope) *libtorch.Tensor { return s.Linear(x, like(s, l.weight, x), bias) })
	}
	return s.Linear(x, l.castTo(s, x.DType()), bias)
}

// castTo is the frozen weight in the activations' type.
func (l *linear) castTo(s *libtorch.Scope, dtype libtorch.DType) *libtorch.Tensor {
	if l.cast == nil {
		l.cast = s.To(l.weight, l.weight.Device(), dtype).Keep()
	}
	return l.cast
}

// pack lays the weight out for products, with its transpose for gradients.
func (l *linear) pack(dtype libtorch.DType, gradients bool) error {
	return libtorch.Infer(l.weight.Device(), func(s *libtorch.Scope) (err error) {
		l.unpack()
		weight := l.cast
		if weight == nil {
			weight = s.To(l.weight, l.weight.Device(), dtype)
		}
		if l.packed, err = libtorch.Pack(weight, gradients); err == nil && l.packed != nil {
			l.cast.Free()
			l.cast = nil
		}
		return err
	})
}

func (l *linear) unpack() {
	l.packed.Free()
	l.packed = nil
}

// free releases what was made of the weight.
func (l *linear) free() {
	l.unpack()
	l.cast.Free()
	l.cast = nil
}

// linears are the linear layers by their names in the checkpoint.
func (m *Model) linears() map[string]*linear {
	all := map[string]*linear{}
	for i := range m.layers {
		y := &m.layers[i]
		a := &y.selfAttn
		for name, l := range map[string]*linear{"self_attn.q_proj": &a.q, "self_attn.k_proj": &a.k, "self_attn.v_proj": &a.v, "self_attn.out_proj": &a.out, "fc1": &y.fc1, "fc2": &y.fc2} {
			all[fmt.Sprintf("model.layers.%d.%s.weight", i, name)] = l
		}
	}
	return all
}
