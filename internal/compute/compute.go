// Package compute reads on what, in which type and by how many threads is computed, as the flags
// --device, --dtype and --threads say it.
package compute

import (
	"cmp"
	"runtime"

	"xpt/internal/kernels"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// Resolve sets the threads of the process and reads the device and the dtype; empty stands for auto.
// A run that goes on may have begun where there were more processors: no more are used than there
// are.
func Resolve(device, dtype string, threads int) (libtorch.Device, libtorch.DType, error) {
	dev, err := ParseDevice(device)
	if err != nil {
		return dev, 0, err
	}
	t, err := libtorch.ParseDType(cmp.Or(dtype, "auto"), dev)
	if err != nil {
		return dev, 0, usererror.Errorf("--dtype: %w", err)
	}
	if threads < 0 {
		return dev, t, usererror.Errorf("--threads %d: expected at least 0; 0 stands for one per core", threads)
	}
	return dev, t, libtorch.SetThreads(min(threads, runtime.NumCPU()))
}

// ParseDevice reads a device, once the tier of processors is known to be right; empty stands for
// auto.
func ParseDevice(name string) (libtorch.Device, error) {
	if err := kernels.Check(); err != nil {
		return libtorch.CPU, usererror.Of(err)
	}
	dev, err := libtorch.ParseDevice(cmp.Or(name, "auto"))
	if err != nil {
		return dev, usererror.Errorf("--device: %w", err)
	}
	return dev, nil
}
