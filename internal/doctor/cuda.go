package doctor

import (
	"fmt"
	"strconv"
	"strings"

	"xpt/internal/driver"
	"xpt/internal/setup"
	"xpt/libtorch"
)

// examineGPUs reports what a GPU needs one by one: libtorch's CUDA, NVIDIA's libraries, the driver, GPUs that fit. What a machine
// without a GPU can tell it tells too, such as a login node where a program is built.
func (r *Report) examineGPUs() {
	if !setup.HasCUDA(r.Folder) {
		r.NoGPU = "no NVIDIA GPU in this machine; this libtorch is for the CPU alone, also on a machine with one (docs/gpu.md)"
		if setup.HasNVIDIA() {
			r.NoGPU = "this libtorch is for the CPU alone"
			r.advise("to use the GPU: python3 -m pip install torch==%s, which has CUDA, then make build with that Python active (docs/gpu.md)", setup.WheelVersion)
		}
		return
	}
	release := setup.CUDARelease(r.Folder)
	missing, err := setup.MissingCUDA(r.Folder)
	r.CUDA = fmt.Sprintf("libtorch is for CUDA %s, whose libraries are all there", release)
	if err != nil {
		r.CUDA = err.Error()
	} else if missing != nil {
		r.CUDA = fmt.Sprintf("libtorch is for CUDA %s and lacks %s", release, strings.Join(missing, ", "))
		r.advise("python3 -m pip install torch==%s brings the libraries that CUDA lacks, into that Python; LD_LIBRARY_PATH may name a folder that has them", r.Version)
	}
	d, err := driver.Here()
	if err == nil {
		r.Driver = &d
	} else if !setup.HasNVIDIA() {
		r.NoGPU = "no NVIDIA GPU in this machine; this libtorch has CUDA, for machines with one"
		return
	} else {
		r.NoGPU = fmt.Sprintf("NVIDIA's driver cannot be used: %v", err)
		r.advise("the driver's %s must be there and fit the kernel's driver: in a container start it with the GPU (docker run --gpus all), else install the driver, and restart after an update",
			driver.Library)
		return
	}
	if r.NoGPU = d.Refuses(release); r.NoGPU != "" {
		r.advise("a newer driver of NVIDIA's, or a torch for CUDA %s (PyTorch's installation page gives the command) and xpt built for that (make build)", d.CUDA)
		return
	}
	if r.GPUs, err = libtorch.GPUs(); err != nil {
		r.NoGPU = err.Error()
	} else if r.GPUs = min(r.GPUs, len(d.GPUs)); r.GPUs == 0 {
		r.NoGPU = "libtorch finds none; the driver shows " + strconv.Itoa(len(d.GPUs))
		r.advise("CUDA_VISIBLE_DEVICES or the scheduler may hide the GPUs from this process: compare nvidia-smi -L")
	}
	for i, g := range d.GPUs[:r.GPUs] {
		if !g.MultipliesBFloat16() {
			r.advise("cuda:%d multiplies no bfloat16 (it would take compute capability 8.0): --dtype float16 or float32", i)
		}
	}
}
