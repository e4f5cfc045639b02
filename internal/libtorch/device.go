package libtorch

// #cgo CFLAGS: -I${SRCDIR}
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
)

// Device is where tensors live and are computed: the CPU or one GPU.
type Device struct{ d gotch.Device }

// CPU is the default device.
var CPU = Device{gotch.CPU}

// IsCUDA reports whether the device is an NVIDIA GPU.
func (d Device) IsCUDA() bool { return d.d.Name == "CUDA" }

func (d Device) String() string {
	if d.IsCUDA() {
		return fmt.Sprintf("cuda:%d", d.d.Value)
	}
	return "cpu"
}

// ParseDevice reads auto, cpu, cuda or cuda:n. auto is the first GPU that
// libtorch can use, the CPU where there is none.
func ParseDevice(name string) (Device, error) {
	switch {
	case name == "cpu":
		return CPU, nil
	case name == "auto":
		if _, err := os.Stat("/dev/nvidia0"); err == nil && loadCUDA() == nil && cudaDevices() > 0 {
			return Device{gotch.CudaBuilder(0)}, nil
		}
		return CPU, nil
	case name == "cuda" || strings.HasPrefix(name, "cuda:"):
		n := 0
		if rest, ok := strings.CutPrefix(name, "cuda:"); ok {
			var err error
			if n, err = strconv.Atoi(rest); err != nil || n < 0 {
				return CPU, fmt.Errorf("device %q: the part after cuda: is a GPU's number, such as cuda:0", name)
			}
		}
		if err := loadCUDA(); err != nil {
			return CPU, fmt.Errorf("device %q: %w", name, err)
		}
		if have := cudaDevices(); n >= have {
			return CPU, fmt.Errorf("device %q: libtorch sees %d GPUs; use --device cpu, or look at xpt doctor", name, have)
		}
		return Device{gotch.CudaBuilder(uint(n))}, nil
	}
	return CPU, fmt.Errorf("unknown device %q: use auto, cpu, cuda or cuda:n", name)
}

func cudaDevices() int { return int(C.xpt_cuda_devices()) }

// loadCUDA brings libtorch_cuda in once, so that one binary serves machines
// with and without a GPU. It must come before libtorch's first CUDA call.
var loadCUDA = sync.OnceValue(func() error {
	lib := filepath.Join(LibDir(), "libtorch_cuda.so")
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

// LibDir returns the folder of the libtorch that this process runs on.
func LibDir() string {
	maps, _ := os.ReadFile("/proc/self/maps")
	for _, line := range strings.Split(string(maps), "\n") {
		if i := strings.IndexByte(line, '/'); i >= 0 && strings.Contains(line, "libtorch_cpu") {
			return filepath.Dir(line[i:])
		}
	}
	return ""
}
