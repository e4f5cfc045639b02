package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"xpt/internal/torcherror"
)

var negInf = math.Inf(-1)

// NewParameter copies x into a float32 leaf that gradients are computed for.
// It lives until Free.
func NewParameter(x *Tensor) (p *Tensor, err error) {
	defer torcherror.Catch(&err)
	err = NoGrad(x.Device(), func(s *Scope) error {
		p = s.Clone(s.To(s.Detach(x), x.Device(), Float32))
		check("requires_grad_", p.Gotch().RequiresGrad_(true))
		p.Keep()
		return nil
	})
	return p, err
}

// GradEnabled says whether gradients are recorded here: inside Run, not NoGrad.
func GradEnabled() bool { return C.xpt_grad_enabled() != 0 }

// Backward adds the gradient of the scalar x to every parameter it depends on.
func (x *Tensor) Backward() { check("backward", x.Gotch().Backward()) }

// Grad returns the accumulated gradient, nil where there is none.
func (s *Scope) Grad(p *Tensor) *Tensor {
	var out C.xpt_tensor
	checkC("grad", C.xpt_grad(p.c(), &out))
	if out == nil {
		return nil
	}
	return s.own("grad", out)
}

// ClearGrad drops the accumulated gradient and its memory.
func (p *Tensor) ClearGrad() { checkC("clear grad", C.xpt_clear_grad(p.c())) }

// SetGrad gives p a gradient, of its shape, in place of the one that it has.
func (p *Tensor) SetGrad(grad *Tensor) { checkC("set grad", C.xpt_set_grad(p.c(), grad.c())) }

// RowGrad returns the sparse gradient of a table p [V, d] that [Scope.Embedding] looked rows up in: their ids [n], in
// order, and their gradients [n, d]. Both are nil where the gradient is dense or there is none.
func (s *Scope) RowGrad(p *Tensor) (ids, rows *Tensor) {
	var i, r C.xpt_tensor
	checkC("row grad", C.xpt_row_grad(p.c(), &i, &r))
	if i == nil {
		return nil, nil
	}
	return s.own("row grad", i), s.own("row grad", r)
}

// SetRowGrad is the inverse of [Scope.RowGrad]: each id stands once, in order.
func (p *Tensor) SetRowGrad(ids, rows *Tensor) {
	checkC("set row grad", C.xpt_set_row_grad(p.c(), ids.c(), rows.c()))
}

// arrivals are the functions that OnGradient's hooks call, by number.
var (
	arrivals    sync.Map // uint64 -> func(int)
	lastArrival atomic.Uint64
)

// OnGradient calls fn with the index of each parameter as soon as a backward pass has added up its gradient, on the
// thread of that pass, until stop is called.
func OnGradient(params []*Tensor, fn func(i int)) (stop func(), err error) {
	defer torcherror.Catch(&err)
	id := lastArrival.Add(1)
	arrivals.Store(id, fn)
	var hooks []unsafe.Pointer
	stop = func() {
		for _, h := range hooks {
			C.xpt_off_gradient(h)
		}
		hooks = nil
		arrivals.Delete(id)
	}
	for i, p := range params {
		var h unsafe.Pointer
		if message := C.xpt_on_gradient(p.c(), C.uint64_t(id), C.int(i), &h); message != nil {
			stop()
			checkC("on gradient", message)
		}
		hooks = append(hooks, h)
	}
	return stop, nil
}

//export xptGradient
func xptGradient(id C.uint64_t, index C.int) (message *C.char) {
	defer func() {
		if r := recover(); r != nil {
			message = C.CString(fmt.Sprint(r))
		}
	}()
	if fn, ok := arrivals.Load(uint64(id)); ok {
		fn.(func(int))(int(index))
	}
	return nil
}
