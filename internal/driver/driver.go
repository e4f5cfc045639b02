// Package driver asks NVIDIA's driver what GPUs it has, by its C library, without CUDA's headers or its runtime.
package driver

// #cgo LDFLAGS: -ldl
// #include "driver.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Driver is NVIDIA's driver, as its own library describes it.
type Driver struct {
	CUDA string `json:"cuda"` // the newest release that it runs, such as 13.0
	GPUs []GPU  `json:"gpus"`
}

// GPU is a GPU that the driver shows to this process.
type GPU struct {
	Name       string `json:"name"`
	Memory     uint64 `json:"memory"`     // bytes
	Capability [2]int `json:"capability"` // compute capability, such as 9.0
}

// MultipliesBFloat16 tells whether the GPU has arithmetic for bfloat16, as those of compute capability 8.0 (Ampere) on have.
func (g GPU) MultipliesBFloat16() bool { return g.Capability[0] >= 8 }

func (g GPU) String() string {
	return fmt.Sprintf("%s, %.0f GiB, compute capability %d.%d", g.Name, float64(g.Memory)/(1<<30), g.Capability[0], g.Capability[1])
}

// Library is installed by NVIDIA's driver, in a container by what starts it.
const Library = "libcuda.so.1"

// Here asks the driver of this machine once.
var Here = sync.OnceValues(func() (Driver, error) { return ask(Library) })

// ask asks a driver's library by its C interface, which is the same in all releases of CUDA.
func ask(library string) (Driver, error) {
	name := C.CString(library)
	defer C.free(unsafe.Pointer(name))
	var version, count C.int
	var gpus [64]C.driver_gpu
	if message := C.ask_driver(name, &version, &count, &gpus[0], C.int(len(gpus))); message != nil {
		defer C.free(unsafe.Pointer(message))
		return Driver{}, errors.New(C.GoString(message))
	}
	d := Driver{CUDA: fmt.Sprintf("%d.%d", version/1000, version%1000/10)}
	for _, g := range gpus[:count] {
		d.GPUs = append(d.GPUs, GPU{C.GoString(&g.name[0]), uint64(g.memory), [2]int{int(g.major), int(g.minor)}})
	}
	return d, nil
}

// Refuses says why a driver does not run programs of a CUDA release, such as 13; "" where it does. It runs what was built for
// its own major release and for older ones.
func (d Driver) Refuses(release string) string {
	major, _, _ := strings.Cut(d.CUDA, ".")
	have, _ := strconv.Atoi(major)
	release, _, _ = strings.Cut(release, ".")
	want, err := strconv.Atoi(release)
	if err != nil || have >= want {
		return ""
	}
	return fmt.Sprintf("the driver runs CUDA %s and older, and this libtorch is for CUDA %d", d.CUDA, want)
}
