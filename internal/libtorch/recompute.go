package libtorch

// #include "shim.h"
// #include <stdlib.h>
// #include <string.h>
import "C"

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

// recomputations are the functions that graphs under way will call again.
var (
	recomputations sync.Map // uint64 -> recomputation
	lastRecompute  atomic.Uint64
)

type recomputation struct {
	device Device
	fn     func(*Scope, []*Tensor) *Tensor
}

// Recompute calls fn without recording its operations and records that it is
// to be called again in the backward pass, so that of all that it makes only
// the inputs and the result are held until then (gradient checkpointing, Chen
// et al., arXiv 1604.06174). fn must give the same result both times; gradients
// flow to the inputs and to the parameters that fn uses. At least one input
// must want a gradient.
func (s *Scope) Recompute(fn func(s *Scope, inputs []*Tensor) *Tensor, inputs ...*Tensor) *Tensor {
	before := C.xpt_grad_mode(0)
	defer C.xpt_grad_mode(before)
	out := s.Block(func(in *Scope) *Tensor { return fn(in, inputs) })
	if before == 0 {
		return out
	}
	ptrs := make([]C.xpt_tensor, len(inputs))
	for i, x := range inputs {
		ptrs[i] = x.c()
	}
	id := lastRecompute.Add(1)
	recomputations.Store(id, recomputation{s.Device, fn})
	C.xpt_grad_mode(1)
	var result C.xpt_tensor
	checkC("recompute", C.xpt_recomputed(C.uint64_t(id), out.c(), &ptrs[0], C.int(len(ptrs)), &result))
	return s.own(ts.FromCtensor(unsafe.Pointer(result)))
}

//export xptForget
func xptForget(id C.uint64_t) { recomputations.Delete(uint64(id)) }

// xptRecompute runs on the thread of the backward pass, inside of it. It
// returns NULL, or a malloc'd message.
//
//export xptRecompute
func xptRecompute(id C.uint64_t, grad C.xpt_tensor, inputs, grads *C.xpt_tensor, n C.int) (message *C.char) {
	defer func() {
		if r := recover(); r != nil {
			message = C.CString(fmt.Sprint(r))
		}
	}()
	found, ok := recomputations.Load(uint64(id))
	if !ok {
		return C.CString("the function to compute again is gone")
	}
	again := found.(recomputation)
	before := C.xpt_grad_mode(1)
	defer C.xpt_grad_mode(before)
	s := &Scope{Device: again.device}
	defer s.free()
	leaves := make([]*Tensor, n)
	for i, x := range unsafe.Slice(inputs, n) {
		var leaf C.xpt_tensor
		checkC("leaf", C.xpt_leaf(x, &leaf))
		leaves[i] = s.own(ts.FromCtensor(unsafe.Pointer(leaf)))
	}
	out := again.fn(s, leaves)
	checkC("backward", C.xpt_backward(out.c(), grad))
	for i, to := range unsafe.Slice(grads, n) {
		checkC("gradient", C.xpt_take_grad(leaves[i].c(), to))
	}
	return nil
}
