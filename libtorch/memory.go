package libtorch

// #include "shim.h"
import "C"

// ReleaseMemory gives memory that no tensor uses back to the system, on the CPU and on GPUs.
func ReleaseMemory() { C.xpt_release_memory() }

// PeakMemory returns the most bytes that tensors had on a GPU since [Device.RestartPeak]; 0 of the CPU, and where
// libtorch does not count them.
func (d Device) PeakMemory() int64 { return d.peak(0) }

// RestartPeak makes [Device.PeakMemory] begin with what is in use.
func (d Device) RestartPeak() { d.peak(1) }

func (d Device) peak(restart C.int) int64 {
	if !d.IsCUDA() {
		return 0
	}
	return int64(C.xpt_gpu_peak(C.int(d.gpu-1), restart))
}
