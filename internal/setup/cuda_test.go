package setup

import (
	"path/filepath"
	"slices"
	"testing"
)

// What libtorch_cuda.so links is looked for on its own run path, and what it links in turn; libtorch's are named too, the C
// library's are the system's.
func TestMissingCUDA(t *testing.T) {
	site := t.TempDir()
	folder := filepath.Join(site, "torch", "lib")
	cuda := library{needs: []string{"libc10_cuda.so", "libcudart.so.13", "libcublas.so.13", "libc.so.6"}, runPath: "$ORIGIN/../../nvidia/cu13/lib"}
	write(t, folder, cudaLibrary, string(cuda.bytes()))
	write(t, folder, "libc10_cuda.so", lib("libcudart.so.13"))
	write(t, site, "nvidia/cu13/lib/libcublas.so.13", lib("libcublasLt.so.13"))
	missing, err := MissingCUDA(folder)
	if want := []string{"libcudart.so.13", "libcublasLt.so.13"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing %q, %v; want %q", missing, err, want)
	}
	for _, name := range missing {
		write(t, site, "nvidia/cu13/lib/"+name, lib())
	}
	if missing, err := MissingCUDA(folder); err != nil || missing != nil {
		t.Errorf("with all there, missing %q, %v", missing, err)
	}
	if got := CUDARelease(folder); got != "13" || !HasCUDA(folder) {
		t.Errorf("CUDA %q, %t", got, HasCUDA(folder))
	}
	if HasCUDA(site) || CUDARelease(site) != "" {
		t.Error("a folder without libtorch_cuda.so has CUDA")
	}
}
