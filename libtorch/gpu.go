package libtorch

import "xpt/internal/driver"

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

// Ahead is how many pieces of work a device may have been given whose results are not yet read: a GPU that is given the next
// first never waits for the host; the CPU has nothing to wait for.
func (d Device) Ahead() int {
	if d.IsCUDA() {
		return 1
	}
	return 0
}

// driverGPU is what the driver says of a GPU; ok is false for the CPU, and where the driver does not say.
func (d Device) driverGPU() (gpu driver.GPU, ok bool) {
	if !d.IsCUDA() {
		return gpu, false
	}
	here, err := driver.Here()
	if err != nil || d.gpu > len(here.GPUs) {
		return gpu, false
	}
	return here.GPUs[d.gpu-1], true
}

// Model returns what the driver calls a GPU, such as "NVIDIA H100 80GB HBM3"; "" of the CPU, and where the driver does
// not say.
func (d Device) Model() string {
	gpu, _ := d.driverGPU()
	return gpu.Name
}
