// Package kernels holds xpt's C++ kernels for the CPU: products of weights in any stored type, attention of packed rows, dropout,
// AdamW. One source is compiled for every tier of processors. The highest tier of the processor is used; the environment variable
// XPT_CPU selects a lower one, also for libtorch's libraries. The C++ in internal/native calls the kernels through a table from
// package libtorch.
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

// Go copied the environment before the tier's caps were set in it; child processes, such as another torch, need them too.
func init() {
	for _, variable := range []string{"ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"} {
		name := C.CString(variable)
		if value := C.getenv(name); value != nil {
			os.Setenv(variable, C.GoString(value))
		}
		C.free(unsafe.Pointer(name))
	}
}

// Tier names the tier in use: plain, avx2, avx512, avx512-bf16 or amx on x86-64, plain, neon or neon-bf16 on aarch64, and plain
// elsewhere; why states the reason.
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

// Check returns an error if XPT_CPU is invalid.
func Check() error {
	if wrong := C.GoString(C.kernels_wrong()); wrong != "" {
		return errors.New(wrong)
	}
	return nil
}

// Table returns the tier's kernels::Table (kernels.h).
func Table() unsafe.Pointer { return unsafe.Pointer(C.kernels_table()) }

// Threads returns the number of libtorch's threads that run the kernels if n are requested: one without its OpenMP runtime.
func Threads(n int) int { return int(C.kernels_team(C.int(n))) }

// SpinBriefly makes libtorch's idle threads sleep after microseconds instead of spinning for milliseconds, which is several
// times slower on a machine with other load. It does nothing if OMP_WAIT_POLICY or GOMP_SPINCOUNT is set. It applies to the
// process; call it once.
func SpinBriefly() {
	if os.Getenv("OMP_WAIT_POLICY") == "" && os.Getenv("GOMP_SPINCOUNT") == "" {
		C.kernels_spin_briefly(C.int(runtime.NumCPU()))
	}
}

// HasBFloat16 tells whether the tier in use multiplies bfloat16.
func HasBFloat16() bool { return C.kernels_has_pairs() != 0 }
