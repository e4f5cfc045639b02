package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import "unsafe"

// Wait returns when a GPU has done what this thread gave it; the CPU has done so already.
func (d Device) Wait() error {
	if !d.IsCUDA() {
		return nil
	}
	return NoGrad(d, func(s *Scope) error {
		s.Zeros(Float32, 1).Item() // is read once all before it is done
		return nil
	})
}

// Model returns what the driver calls a GPU, such as "NVIDIA H100 80GB HBM3"; "" of the CPU, and where the driver does
// not say.
func (d Device) Model() string {
	if !d.IsCUDA() {
		return ""
	}
	name := C.xpt_gpu_name(C.int(d.gpu - 1))
	defer C.free(unsafe.Pointer(name))
	if name == nil {
		return ""
	}
	return C.GoString(name)
}
