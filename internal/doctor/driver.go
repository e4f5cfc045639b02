package doctor

// #cgo LDFLAGS: -ldl
// #include "driver.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
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

func (g GPU) String() string {
	return fmt.Sprintf("%s, %.0f GiB, compute capability %d.%d", g.Name, float64(g.Memory)/(1<<30), g.Capability[0], g.Capability[1])
}

// openDriver asks the driver's library, libcuda.so.1, by its C interface, which is the same in all releases of CUDA.
func openDriver(library string) (Driver, error) {
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
