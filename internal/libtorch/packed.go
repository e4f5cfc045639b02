package libtorch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

// Packed is a frozen weight [out, in] of a linear layer, laid out for the CPU's
// matrix products. It takes the weight's memory again, twice where gradients
// flow through it.
type Packed struct {
	weight, transposed *Tensor // opaque; transposed is nil where no gradient was asked for
}

// Pack lays w out, with its transpose where gradients are to flow through the
// layer to its input. It returns nil where this libtorch or device has no such
// layout: Linear is the way then.
func Pack(w *Tensor, gradients bool) (*Packed, error) {
	var p *Packed
	err := Infer(w.Device(), func(s *Scope) error {
		weight := s.pack(w)
		if weight == nil {
			return nil
		}
		p = &Packed{weight: weight.Keep()}
		if gradients {
			p.transposed = s.pack(s.Transpose(w, 0, 1)).Keep()
		}
		return nil
	})
	return p, err
}

func (s *Scope) pack(w *Tensor) *Tensor {
	var out C.xpt_tensor
	checkC("pack", C.xpt_packed(w.c(), &out))
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
