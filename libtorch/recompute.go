package libtorch

// #include "shim.h"
// #include <stdlib.h>
// #include <string.h>
import "C"

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// recomputations are the functions that graphs under way will call again.
var (
	recomputations sync.Map // uint64 -> recomputation
	lastRecompute  atomic.Uint64
)

type recomputation struct {
	device Device
	fn     func(*Scope, []*Tensor) *Tensor
	// random is the generator's state before fn, so that dropout is the same.
	// It is freed while gotch frees the graph and holds its lock: no gotch tensor.
	random C.xpt_tensor
}

// Recompute calls fn without recording its operations and records that it is
// to be called again in the backward pass, so that of all that it makes only
// the inputs and the result are held until then (gradient checkpointing, Chen
// et al., arXiv 1604.06174). Gradients flow to the inputs and to the parameters
// that fn uses, provided that an input wants a gradient. Dropout is the same both
// times.
func (s *Scope) Recompute(fn func(s *Scope, inputs []*Tensor) *Tensor, inputs ...*Tensor) *Tensor {
	if !slices.ContainsFunc(inputs, (*Tensor).WantsGrad) {
		return s.Block(func(in *Scope) *Tensor { return fn(in, inputs) })
	}
	random := randomState(inputs[0])
	out := func() *Tensor {
		defer C.xpt_grad_mode(C.xpt_grad_mode(0))
		return s.Block(func(in *Scope) *Tensor { return fn(in, inputs) })
	}()
	ptrs := make([]C.xpt_tensor, len(inputs))
	for i, x := range inputs {
		ptrs[i] = x.c()
	}
	id := lastRecompute.Add(1)
	recomputations.Store(id, recomputation{s.Device, fn, random})
	var result C.xpt_tensor
	checkC("recompute", C.xpt_recomputed(C.uint64_t(id), out.c(), &ptrs[0], C.int(len(ptrs)), &result))
	return s.own("recompute", result)
}

// WantsGrad says whether gradients are computed for t.
func (t *Tensor) WantsGrad() bool { return C.xpt_requires_grad(t.c()) != 0 }

func randomState(on *Tensor) (state C.xpt_tensor) {
	checkC("random state", C.xpt_random_state(on.c(), &state))
	return state
}

//export xptForget
func xptForget(id C.uint64_t) {
	if gone, ok := recomputations.LoadAndDelete(uint64(id)); ok {
		C.xpt_free(gone.(recomputation).random)
	}
}

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
	s := openScope(again.device)
	defer s.free()
	leaves := make([]*Tensor, n)
	for i, x := range unsafe.Slice(inputs, n) {
		var leaf C.xpt_tensor
		checkC("leaf", C.xpt_leaf(x, &leaf))
		leaves[i] = s.own("leaf", leaf)
	}
	later := randomState(leaves[0])
	defer C.xpt_free(later)
	checkC("random state", C.xpt_set_random_state(leaves[0].c(), again.random))
	out := again.fn(s, leaves)
	checkC("random state", C.xpt_set_random_state(leaves[0].c(), later))
	checkC("backward", C.xpt_backward(out.c(), grad))
	for i, to := range unsafe.Slice(grads, n) {
		checkC("gradient", C.xpt_take_grad(leaves[i].c(), to))
	}
	return nil
}
