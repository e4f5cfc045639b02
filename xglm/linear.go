package xglm

import (
	"fmt"

	"xpt/internal/prepack"
	"xpt/libtorch"
)

// linear is x W^T + b with W [out, in].
//
// A trained weight is float32 and is cast to the activations' type on use,
// through which gradients flow back. A frozen one on the CPU stays as it lies in
// the checkpoint's file, and products read it in its own type.
type linear struct {
	weight, bias *libtorch.Tensor
	packed       *prepack.Weight // the weight prepacked for oneDNN; nil where it is not (see Model.Pack)
}

func (l *linear) forward(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	bias := like(s, l.bias, x)
	if l.packed != nil {
		return l.packed.Linear(s, x, bias)
	}
	weight := l.weight
	if weight.WantsGrad() {
		weight = like(s, weight, x)
	}
	return s.Linear(x, weight, bias)
}

func (l *linear) pack(dtype libtorch.DType, gradients bool) (err error) {
	l.free()
	l.packed, err = prepack.Pack(l.weight, dtype, gradients)
	return err
}

// free releases what was made of the weight.
func (l *linear) free() {
	l.packed.Free()
	l.packed = nil
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
