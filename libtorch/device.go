package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	if err := setup.CheckCUDA(Folder()); err != nil {
		return err
	}
	if err := configureCUDA(); err != nil {
		return err
	}
	if err := loadLibrary(filepath.Join(Folder(), "libtorch_cuda.so")); err != nil {
		return fmt.Errorf("libtorch_cuda cannot be loaded: %w", err)
	}
	return nil
})

// seeGPUs brings CUDA in before anything is computed on a machine that has a GPU, on the CPU too: libtorch looks for CUDA once,
// and finds no GPU afterwards where it was not there. What is wrong with CUDA is said where a GPU is asked for.
var seeGPUs = sync.OnceFunc(func() {
	if setup.HasNVIDIA() {
		_ = loadCUDA()
	}
})

// allocatorSettings is what libtorch's allocators can read: what is cut short ends the process while libtorch_cuda is loaded.
var allocatorSettings = regexp.MustCompile(`^(\w+:(\[[^\[\]]*\]|[^\[\]:,]+)(,|$))*$`)

// configureCUDA sets what libtorch_cuda reads from the environment. What the user set stands.
func configureCUDA() error {
	for _, name := range []string{"PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF"} {
		if value := os.Getenv(name); !allocatorSettings.MatchString(strings.ReplaceAll(value, " ", "")) {
			return fmt.Errorf("the environment has %s=%s: libtorch reads settings such as expandable_segments:True, separated by commas", name, value)
		}
	}
	// cuDNN's attention plans for tens of milliseconds at every shape of a batch that it meets; other kernels do not.
	settings := map[string]string{"TORCH_CUDNN_SDPA_DEPRIORITIZED": "1"}
	// Batches of ever other sizes make a segment of the allocator grow, and need none of their own. NVML is called for that,
	// without a look whether it is there.
	if name := allocatorVariable(Version()); name != "" && os.Getenv("PYTORCH_CUDA_ALLOC_CONF") == "" && loadLibrary("libnvidia-ml.so.1") == nil {
		settings[name] = "expandable_segments:True"
	}
	for name, value := range settings {
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func loadLibrary(path string) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if msg := C.xpt_load_library(name); msg != nil {
		defer C.free(unsafe.Pointer(msg))
		return errors.New(C.GoString(msg))
	}
	return nil
}

// allocatorVariable is the environment variable that a libtorch reads its GPU allocator's settings from, empty where it has no
// expandable segments.
func allocatorVariable(version string) string {
	switch {
	case !atLeast(version, 2, 1):
		return ""
	case !atLeast(version, 2, 9):
		return "PYTORCH_CUDA_ALLOC_CONF"
	}
	return "PYTORCH_ALLOC_CONF"
}

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
