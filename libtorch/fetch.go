package libtorch

// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"

	"xpt/internal/torcherror"
)

// Fetch is a copy of a tensor on its way to the CPU. Reading it waits for that
// copy alone. [Tensor.Float32s] copies when it is called, and so waits for all that
// a GPU was given to compute until then.
type Fetch struct {
	values []float32
	size   int
	copy   unsafe.Pointer // nil once read, and of a tensor of the CPU
}

// Fetch starts to copy the elements, in row-major order, as float32. The tensor may be freed at once.
func (t *Tensor) Fetch() *Fetch {
	f := &Fetch{}
	if !t.Device().IsCUDA() {
		f.values = t.Float32s()
		return f
	}
	f.size = 1
	for _, n := range t.Shape() {
		f.size *= n
	}
	checkC("fetch", C.xpt_fetch(t.c(), &f.copy))
	runtime.SetFinalizer(f, (*Fetch).free) // of one that is never read, after an error
	return f
}

// Values waits for the elements and returns them.
func (f *Fetch) Values() (values []float32, err error) {
	if f.copy == nil {
		return f.values, nil
	}
	f.values = make([]float32, f.size+1) // so that there is a first one
	copied := f.copy
	f.copy = nil
	err = torcherror.Of("fetch", unsafe.Pointer(C.xpt_fetched(copied, (*C.float)(&f.values[0]))))
	f.values = f.values[:f.size]
	return f.values, err
}

func (f *Fetch) free() {
	if f.copy != nil {
		C.xpt_fetched(f.copy, nil)
		f.copy = nil
	}
}
