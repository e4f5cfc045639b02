// Package libtorch gives libtorch's tensors an owner, and has the operations that
// models and heads need, gradients, devices, dtypes, seeds and threads.
//
// Memory is explicit. Every tensor that an operation makes belongs to the
// [Scope] that the operation was asked of and is freed when that scope ends,
// unless it was adopted by another scope or kept:
//
//	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
//		x := s.Floats([]float32{1, 2, 3, 4}, 2, 2)
//		fmt.Println(s.Matmul(x, x).Float32s())
//		return nil
//	})
//
// Operations return no errors: a failure, such as shapes that do not fit or a
// tensor that was freed, unwinds as a panic with an [*Error] to the Run or NoGrad
// around it, which returns it. So operations, and methods of a [Tensor] that
// return no error, are called inside of one. Outside, where a scope is nil or has
// ended, they panic with an [*Error] that says so. All else returns its errors.
//
// Tensors of gotch come in by [Scope.FromGotch] and go out by [Tensor.Gotch].
package libtorch

// #include "shim.h"
import "C"

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/sugarme/gotch/ts"

	"xpt/internal/torcherror"
)

var live atomic.Int64

// Live returns how many tensor handles exist. A step that frees what it makes
// leaves the count as it was.
func Live() int64 { return live.Load() }

// A Scope owns tensors and frees them when it ends. Only [Run], [NoGrad] and
// another scope open one. It belongs to the goroutine that it is opened in, which
// is locked to its thread.
type Scope struct {
	Device Device // where new tensors are made
	open   bool
	owned  []*Tensor
	casts  map[*Tensor]*Tensor // see CastAll; scopes inside have them too
}

func openScope(dev Device) *Scope { return &Scope{Device: dev, open: true} }

// Run calls fn with a fresh scope that records gradients. The goroutine is
// locked to its thread while fn runs, since libtorch keeps the gradient mode
// and its worker pool per thread.
func Run(dev Device, fn func(*Scope) error) error { return run(dev, true, fn) }

// NoGrad is Run without gradients.
func NoGrad(dev Device, fn func(*Scope) error) error { return run(dev, false, fn) }

func run(dev Device, grad bool, fn func(*Scope) error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer torcherror.Catch(&err)
	seeGPUs()
	inheritThreads()
	on := C.int(0)
	if grad {
		on = 1
	}
	defer C.xpt_grad_mode(C.xpt_grad_mode(on))
	s := openScope(dev)
	defer s.free()
	return fn(s)
}

// Block calls fn with a scope inside s and hands fn's result to s; everything
// else that fn made is freed at once.
func (s *Scope) Block(fn func(*Scope) *Tensor) *Tensor {
	var out *Tensor
	s.Do(func(in *Scope) { out = s.Adopt(fn(in)) })
	return out
}

// Do calls fn with a scope inside s and frees all that fn made.
func (s *Scope) Do(fn func(*Scope)) {
	s.check("scope")
	in := openScope(s.Device)
	in.casts = s.casts
	defer in.free()
	fn(in)
}

// Adopt makes s the owner of t, which then lives as long as s.
func (s *Scope) Adopt(t *Tensor) *Tensor {
	s.check("adopt")
	if t == nil {
		panic(&Error{Op: "adopt", Message: "there is no tensor to own"})
	}
	if t.owner != s {
		t.owner = s
		s.owned = append(s.owned, t)
	}
	return t
}

// Keep takes t out of every scope: it lives until Free is called.
func (t *Tensor) Keep() *Tensor {
	t.owner = nil
	return t
}

// FromGotch makes s the owner of t, which is freed with s: it need not be
// dropped. Hand over t.ShallowClone() to go on owning t itself.
func (s *Scope) FromGotch(t *ts.Tensor) *Tensor {
	if t == nil || t.Ctensor() == nil {
		panic(&Error{Op: "tensor", Message: "a tensor of gotch is nil or was dropped"})
	}
	s.check("tensor")
	return s.Adopt(wrap(t))
}

// result owns what an operation has made.
func (s *Scope) result(op string, t *ts.Tensor, err error) *Tensor {
	check(op, err)
	s.check(op)
	return s.Adopt(wrap(t))
}

// own is result of what C has made.
func (s *Scope) own(op string, t C.xpt_tensor) *Tensor {
	return s.result(op, ts.FromCtensor(unsafe.Pointer(t)), nil)
}

// check fails an operation that is called outside of Run and NoGrad.
func (s *Scope) check(op string) {
	if s == nil || !s.open {
		panic(&Error{Op: op, Message: "the scope is nil or has ended: call it inside libtorch.Run or NoGrad, on the scope that these give"})
	}
}

func (s *Scope) free() {
	for _, t := range s.owned {
		if t.owner == s {
			t.Free()
		}
	}
	s.owned, s.casts, s.open = nil, nil, false
}
