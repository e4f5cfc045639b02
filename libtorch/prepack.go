package libtorch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

// Packed is a frozen weight [out, in] of a linear layer, prepacked in the layout
// that oneDNN's products read. It takes the weight's memory again, twice where
// gradients flow through it.
type Packed struct {
	weight, transposed *Tensor // opaque; transposed is nil where no gradient was asked for
}

// Pack prepacks w for activations of dtype, with its transpose where gradients
// are to flow through the layer to its input. It returns nil where that does not
// pay: where this libtorch or device has no such layout, or Linear is as fast.
func Pack(w *Tensor, dtype DType, gradients bool) (p *Packed, err error) {
	err = NoGrad(w.Device(), func(s *Scope) error {
		var pays C.int
		checkC("pack", C.xpt_packing_pays(w.c(), C.int(dtype), &pays))
		if pays != 0 {
			p = s.prepack(w, dtype, gradients)
		}
		return nil
	})
	return p, err
}

// prepack is Pack whether it pays or not.
func (s *Scope) prepack(w *Tensor, dtype DType, gradients bool) *Packed {
	weight := s.pack(w, dtype)
	if weight == nil {
		return nil
	}
	p := &Packed{weight: weight.Keep()}
	if gradients {
		p.transposed = s.pack(s.Transpose(w, 0, 1), dtype).Keep()
	}
	return p
}

func (s *Scope) pack(w *Tensor, dtype DType) *Tensor {
	var out C.xpt_tensor
	checkC("pack", C.xpt_packed(w.c(), C.int(dtype), &out))
	if out == nil {
		return nil
	}
	return s.own(ts.FromCtensor(unsafe.Pointer(out)))
}

// Free releases the memory.
func (p *Packed) Free() {
	if p != nil {
		p.weight.Free()
		p.transposed.Free()
	}
}

// LinearPacked is Linear with a packed weight and no gradients for it or for b.
func (s *Scope) LinearPacked(x *Tensor, w *Packed, b *Tensor) *Tensor {
	var transposed, bias C.xpt_tensor
	if w.transposed != nil {
		transposed = w.transposed.c()
	}
	if b != nil {
		bias = b.c()
	}
	var out C.xpt_tensor
	checkC("linear", C.xpt_linear_packed(x.c(), w.weight.c(), transposed, bias, &out))
	return s.own(ts.FromCtensor(unsafe.Pointer(out)))
}
