package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/sugarme/gotch"

	"xpt/internal/setup"
)

// Device is where tensors live and are computed: the CPU, which is the zero
// value, or one GPU.
type Device struct{ gpu int } // a GPU's number from 1 on, 0 for the CPU

// CPU is the default device.
var CPU Device

// CUDA returns the NVIDIA GPU of number n, from 0 on; a negative n stands for the
// CPU. [Device.Check] tells whether libtorch can use it.
func CUDA(n int) Device { return Device{max(n+1, 0)} }

// IsCUDA reports whether the device is an NVIDIA GPU.
func (d Device) IsCUDA() bool { return d.gpu > 0 }

// String returns cpu or cuda:n.
func (d Device) String() string {
	if d.IsCUDA() {
		return fmt.Sprintf("cuda:%d", d.gpu-1)
	}
	return "cpu"
}

func (d Device) gotch() gotch.Device {
	if d.IsCUDA() {
		return gotch.CudaBuilder(uint(d.gpu - 1))
	}
	return gotch.CPU
}

// ParseDevice reads auto, cpu, cuda or cuda:n. auto is the first GPU that
// libtorch can use, the CPU where there is none. It fails where libtorch cannot
// use the GPU.
func ParseDevice(name string) (Device, error) {
	switch {
	case name == "cpu":
		return CPU, nil
	case name == "auto":
		if !setup.HasNVIDIA() {
			return CPU, nil
		}
		if n, err := GPUs(); err != nil || n == 0 {
			return CPU, nil
		}
		return CUDA(0), nil
	case name == "cuda" || strings.HasPrefix(name, "cuda:"):
		n := 0
		if rest, ok := strings.CutPrefix(name, "cuda:"); ok {
			var err error
			if n, err = strconv.Atoi(rest); err != nil || n < 0 {
				return CPU, fmt.Errorf("device %q: the part after cuda: is a GPU's number, such as cuda:0", name)
			}
		}
		if err := CUDA(n).Check(); err != nil {
			return CPU, err
		}
		return CUDA(n), nil
	}
	return CPU, fmt.Errorf("unknown device %q: use auto, cpu, cuda or cuda:n", name)
}

// Check returns an error if libtorch has no such device here.
func (d Device) Check() error {
	if d == CPU {
		return nil
	}
	have, err := GPUs()
	if err == nil && d.gpu > have {
		err = fmt.Errorf("libtorch sees %d GPUs; use --device cpu, or look at xpt doctor", have)
	}
	if err != nil {
		return fmt.Errorf("device %q: %w", d, err)
	}
	return nil
}

// GPUs returns how many GPUs libtorch can use. It fails where this libtorch has
// no CUDA, or cannot load it.
func GPUs() (int, error) {
	if err := loadCUDA(); err != nil {
		return 0, err
	}
	return int(C.xpt_cuda_devices()), nil
}

// loadCUDA brings libtorch_cuda in once, so that one binary serves machines
// with and without a GPU. It must come before libtorch's first CUDA call.
var loadCUDA = sync.OnceValue(func() error {
	lib := filepath.Join(Folder(), "libtorch_cuda.so")
	if _, err := os.Stat(lib); err != nil {
		return fmt.Errorf("this libtorch has no CUDA: %s is not there", lib)
	}
	path := C.CString(lib)
	defer C.free(unsafe.Pointer(path))
	if msg := C.xpt_load_library(path); msg != nil {
		defer C.free(unsafe.Pointer(msg))
		return fmt.Errorf("libtorch_cuda cannot be loaded: %s", C.GoString(msg))
	}
	return nil
})

// Folder returns the folder of the libtorch that this process runs on.
func Folder() string {
	maps, _ := os.ReadFile("/proc/self/maps")
	for _, line := range strings.Split(string(maps), "\n") {
		if i := strings.IndexByte(line, '/'); i >= 0 && strings.Contains(line, "libtorch_cpu") {
			return filepath.Dir(line[i:])
		}
	}
	return ""
}
