package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const cudaLibrary = "libtorch_cuda.so"

// HasCUDA tells whether the libtorch whose libraries lie in the folder lib was built with CUDA.
func HasCUDA(lib string) bool { return exists(filepath.Join(lib, cudaLibrary)) }

// CheckCUDA fails where the folder lib has no whole libtorch_cuda.so: to load one that is cut short ends the process.
func CheckCUDA(lib string) error {
	if !HasCUDA(lib) {
		return fmt.Errorf("this libtorch has no CUDA: %s is not there", filepath.Join(lib, cudaLibrary))
	}
	f, err := openELF(filepath.Join(lib, cudaLibrary))
	if err != nil {
		return err
	}
	return f.Close()
}

// HasNVIDIA tells whether this machine shows a GPU of NVIDIA's, or may: Windows' Linux (WSL 2) shows /dev/dxg for any. In a
// container the one there is may have any number.
func HasNVIDIA() bool {
	devices, _ := filepath.Glob("/dev/nvidia[0-9]*")
	_, err := os.Stat("/dev/dxg")
	return devices != nil || err == nil
}

// nvidiaRe matches the names of the libraries that CUDA, cuDNN and NCCL have, and of libtorch's own.
var nvidiaRe = regexp.MustCompile(`^lib(cu|nv|nccl|torch|c10)`)

// MissingCUDA lists the libraries that libtorch_cuda.so in the folder lib links, directly or indirectly, and that are neither on
// its run path nor in the system. It loads none of them, so that a machine without a GPU can tell too.
func MissingCUDA(lib string) ([]string, error) {
	dirs, err := runPaths(filepath.Join(lib, cudaLibrary))
	if err != nil {
		return nil, err
	}
	kind := func(library string) bool { // libcuda is the driver's
		return nvidiaRe.MatchString(library) && !strings.HasPrefix(library, "libcuda.so")
	}
	return missingLibraries(cudaLibrary, append([]string{lib}, dirs...), kind, systemHas)
}

// CUDARelease is the CUDA that the libtorch in the folder lib was built for, such as 13, by its name of libcudart; "" where it
// links none.
func CUDARelease(lib string) string {
	names, _ := needed(filepath.Join(lib, cudaLibrary))
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "libcudart.so.") })
	if i < 0 {
		return ""
	}
	return strings.TrimPrefix(names[i], "libcudart.so.")
}
