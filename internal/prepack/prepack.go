// Package prepack holds the frozen weights of linear layers in the layout that
// oneDNN's products read.
package prepack

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/ts"

	"xpt/internal/torcherror"
	"xpt/libtorch"
)

// Weight is a prepacked weight [out, in]. It takes the weight's memory again,
// twice where gradients flow through it.
type Weight struct {
	weight, transposed *libtorch.Tensor // opaque; transposed is nil where no gradient was asked for
}

// Pack prepacks w for activations of dtype, with its transpose where gradients
// are to flow through the layer to its input. It returns nil where that does not
// pay: where this libtorch or device has no such layout, or
// [libtorch.Scope.Linear] is as fast.
func Pack(w *libtorch.Tensor, dtype libtorch.DType, gradients bool) (p *Weight, err error) {
	defer torcherror.Catch(&err)
	err = libtorch.NoGrad(w.Device(), func(s *libtorch.Scope) error {
		var pays C.int
		checkC("pack", C.xpt_packing_pays(c(w), C.int(dtype.Scalar()), &pays))
		if pays != 0 {
			p = prepack(s, w, dtype, gradients)
		}
		return nil
	})
	return p, err
}

// prepack is Pack without asking whether it pays.
func prepack(s *libtorch.Scope, w *libtorch.Tensor, dtype libtorch.DType, gradients bool) *Weight {
	weight := pack(s, w, dtype)
	if weight == nil {
		return nil
	}
	p := &Weight{weight: weight.Keep()}
	if gradients {
		p.transposed = pack(s, s.Transpose(w, 0, 1), dtype).Keep()
	}
	return p
}

func pack(s *libtorch.Scope, w *libtorch.Tensor, dtype libtorch.DType) *libtorch.Tensor {
	var out C.xpt_tensor
	checkC("pack", C.xpt_packed(c(w), C.int(dtype.Scalar()), &out))
	if out == nil {
		return nil
	}
	return s.FromGotch(ts.FromCtensor(unsafe.Pointer(out)))
}

// Free releases the memory.
func (w *Weight) Free() {
	if w != nil {
		w.weight.Free()
		w.transposed.Free()
	}
}

// Linear is x w^T + b as [libtorch.Scope.Linear], with no gradients for w and for
// b, which may be nil.
func (w *Weight) Linear(s *libtorch.Scope, x, b *libtorch.Tensor) *libtorch.Tensor {
	var out C.xpt_tensor
	checkC("linear", C.xpt_linear_packed(c(x), c(w.weight), c(w.transposed), c(b), &out))
	return s.FromGotch(ts.FromCtensor(unsafe.Pointer(out)))
}

func c(t *libtorch.Tensor) C.xpt_tensor {
	if t == nil {
		return nil
	}
	return C.xpt_tensor(t.Gotch().Ctensor())
}

func checkC(op string, message *C.char) { torcherror.CheckC(op, unsafe.Pointer(message)) }
