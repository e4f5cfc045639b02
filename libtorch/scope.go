// Package libtorch is the project's only door to libtorch and gotch: tensors
// with an owner, the operations that the models need, gradients, devices,
// dtypes, seeds and threads.
//
// Memory is explicit. Every tensor that an operation makes belongs to the
// Scope that the operation was asked of and is freed when that scope ends,
// unless it was adopted by an outer scope or kept. Operations do not return
// errors: a failure unwinds to the Run or NoGrad that opened the outermost
// scope, which returns it.
package libtorch

// #include "shim.h"
import "C"

import (
	"runtime"
	"sync/atomic"

	"github.com/sugarme/gotch/ts"
)

var live atomic.Int64

// Live returns how many tensor handles exist. A step that frees what it makes
// leaves the count as it was.
func Live() int64 { return live.Load() }

// A Scope owns tensors and frees them when it ends. It belongs to one
// goroutine, which Run or NoGrad locks to its thread.
type Scope struct {
	Device Device // where new tensors are made
	owned  []*Tensor
}

// Run calls fn with a fresh scope that records gradients. The goroutine is
// locked to its thread while fn runs, since libtorch keeps the gradient mode
// and its worker pool per thread.
func Run(dev Device, fn func(*Scope) error) error { return run(dev, true, fn) }

// NoGrad is Run without gradients.
func NoGrad(dev Device, fn func(*Scope) error) error { return run(dev, false, fn) }

func run(dev Device, grad bool, fn func(*Scope) error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer catch(&err)
	inheritThreads()
	on := C.int(0)
	if grad {
		on = 1
	}
	defer C.xpt_grad_mode(C.xpt_grad_mode(on))
	s := &Scope{Device: dev}
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
	in := &Scope{Device: s.Device}
	defer in.free()
	fn(in)
}

// Adopt makes s the owner of t, which then lives as long as s.
func (s *Scope) Adopt(t *Tensor) *Tensor {
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

func (s *Scope) own(t *ts.Tensor) *Tensor { return s.Adopt(wrap(t)) }

func (s *Scope) free() {
	for _, t := range s.owned {
		if t.owner == s {
			t.Free()
		}
	}
	s.owned = nil
}
