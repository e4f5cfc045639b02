// Package kernels holds the C++ that xpt computes on the CPU with beside
// libtorch: products of weights as they are stored, attention of packed rows,
// dropout, AdamW. One source is compiled for every tier of processors, and the
// highest tier that the processor has is used; the environment variable XPT_CPU
// names a lower one, for all of libtorch's libraries too. Package libtorch hands
// a table of them to the C++ in internal/native, which calls them.
package kernels

// #cgo CXXFLAGS: -std=c++17 -O3 -g0 -w
// #cgo LDFLAGS: -lstdc++ -ldl
// #include "tiers.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"os"
	"runtime"
	"unsafe"
)

// Go copied the environment before the tier's caps were put into it; processes
// that this one starts, such as another torch, are to have them too.
func init() {
	for _, variable := range []string{"ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"} {
		name := C.CString(variable)
		if value := C.getenv(name); value != nil {
			os.Setenv(variable, C.GoString(value))
		}
		C.free(unsafe.Pointer(name))
	}
}

// Tier names the tier in use: plain, avx2, avx512, avx512-bf16 or amx on
// x86-64, plain, neon or neon-bf16 on aarch64, and plain elsewhere. Why says
// what decided.
func Tier() (name, why string) { return C.GoString(C.kernels_tier()), C.GoString(C.kernels_why()) }

// Tiers lists the tiers from the lowest up to the one in use.
func Tiers() []string {
	var names []string
	for i := C.int(0); ; i++ {
		var name *C.char
		n := C.kernels_tiers(i, &name)
		if i >= n {
			return names
		}
		names = append(names, C.GoString(name))
	}
}

// Check returns what is wrong with XPT_CPU.
func Check() error {
	if wrong := C.GoString(C.kernels_wrong()); wrong != "" {
		return errors.New(wrong)
	}
	return nil
}

// Table returns the C++ table of the kernels of the tier in use (kernels.h).
func Table() unsafe.Pointer { return unsafe.Pointer(C.kernels_table()) }

// Threads returns how many threads of libtorch's the kernels run on where n are
// asked for: one where its OpenMP runtime is not found.
func Threads(n int) int { return int(C.kernels_team(C.int(n))) }

// SpinBriefly makes libtorch's threads sleep after microseconds of waiting for work
// instead of spinning for milliseconds: on a machine with other load spinning makes
// everything several times slower. Where the user has chosen, by OMP_WAIT_POLICY or
// GOMP_SPINCOUNT, it does nothing. It is for a whole process, and to be called once.
func SpinBriefly() {
	if os.Getenv("OMP_WAIT_POLICY") == "" && os.Getenv("GOMP_SPINCOUNT") == "" {
		C.kernels_spin_briefly(C.int(runtime.NumCPU()))
	}
}

// HasBFloat16 tells whether the tier in use multiplies bfloat16.
func HasBFloat16() bool { return C.kernels_has_pairs() != 0 }
