package setup

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fake writes a libtorch: headers of the given version into include, libraries into lib.
func fake(t *testing.T, include, lib, version, symbol string) {
	t.Helper()
	part := strings.Split(version, ".")
	write(t, include, "ATen/ATen.h", "")
	write(t, include, "torch/csrc/api/include/torch/version.h", fmt.Sprintf(
		"#define TORCH_VERSION_MAJOR %s\n#define TORCH_VERSION_MINOR %s\n#define TORCH_VERSION_PATCH %s\n", part[0], part[1], part[2]))
	write(t, include, "torch/csrc/api/include/torch/all.h", "#if __cplusplus < 202002L\n")
	write(t, lib, "libc10.so", string(library{symbols: []string{symbol}}.bytes()))
	write(t, lib, cpuLibrary, string(library{needs: []string{"libc10.so"}, runPath: "$ORIGIN/../../nvidia/lib"}.bytes()))
}

func TestOpen(t *testing.T) {
	for _, c := range []struct{ name, include, lib, root string }{
		{"unpacked", "include", "lib", ""},
		{"folder of packages", "torch/include", "torch/lib", "torch"},
		{"distribution", "include", "lib/" + triplet(), ""},
		{"lib64", "include", "lib64", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			include, lib := filepath.Join(dir, c.include), filepath.Join(dir, c.lib)
			fake(t, include, lib, "2.3.1", newABI)
			got, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if got.Root != filepath.Join(dir, c.root) || got.Version != (Version{2, 3, 1}) || got.Standard != "c++20" || !got.CXX11ABI || got.CUDA {
				t.Errorf("got %+v", got)
			}
			if !slices.Equal(got.Libs, []string{lib}) {
				t.Errorf("libraries in %q, want %q", got.Libs, lib)
			}
			if want := []string{include, filepath.Join(include, "torch/csrc/api/include")}; !slices.Equal(got.Include, want) {
				t.Errorf("headers in %q, want %q", got.Include, want)
			}
		})
	}
}

func TestOpenFollowsRunPathsAndSeesCUDA(t *testing.T) {
	site := t.TempDir()
	dir := filepath.Join(site, "torch")
	fake(t, filepath.Join(dir, "include"), filepath.Join(dir, "lib"), "2.3.1", oldABI)
	write(t, dir, "lib/libtorch_cuda.so", "")
	write(t, site, "nvidia/lib/libcudart.so.13", "")
	got, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(dir, "lib"), filepath.Join(site, "nvidia/lib")}; !slices.Equal(got.Libs, want) {
		t.Errorf("libraries in %q, want %q", got.Libs, want)
	}
	if !got.CUDA || got.CXX11ABI {
		t.Errorf("CUDA %v, C++11 ABI %v; want true, false", got.CUDA, got.CXX11ABI)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ name, version, folder, want string }{
		{"too old", "1.12.1", "x", "1.13 to 2.15"},
		{"too new", "2.16.0", "x", "1.13 to 2.15"},
		{"a comma in the name", "2.3.1", "a,b", "commas"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), c.folder)
			fake(t, filepath.Join(dir, "include"), filepath.Join(dir, "lib"), c.version, newABI)
			_, err := Open(dir)
			if err == nil || errors.Is(err, errNoTorch) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error %v, want one with %q and the folder", err, c.want)
			}
		})
	}
	headers := t.TempDir()
	write(t, headers, "include/ATen/ATen.h", "")
	for _, dir := range []string{t.TempDir(), headers, "/nowhere"} {
		if _, err := Open(dir); !errors.Is(err, errNoTorch) {
			t.Errorf("%s: error %v, want %v", dir, err, errNoTorch)
		}
	}
}
