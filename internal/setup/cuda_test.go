package setup

import (
	"path/filepath"
	"slices"
	"strings"
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

// A libtorch_cuda.so that is cut short, as an interrupted copy leaves it, is told of before it is loaded.
func TestCheckCUDA(t *testing.T) {
	folder := t.TempDir()
	if err := CheckCUDA(folder); err == nil || !strings.Contains(err.Error(), "no CUDA") {
		t.Errorf("without one: %v", err)
	}
	whole := lib("libcudart.so.13")
	for _, n := range []int{0, 3, 100, len(whole) - 1} {
		write(t, folder, cudaLibrary, whole[:n])
		if err := CheckCUDA(folder); err == nil || !strings.Contains(err.Error(), "is cut short: install torch again") {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	write(t, folder, cudaLibrary, whole)
	if err := CheckCUDA(folder); err != nil {
		t.Error(err)
	}
}
