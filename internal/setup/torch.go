// Package setup finds or downloads a libtorch, and determines its compiler flags.
package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Torch is a supported libtorch.
type Torch struct {
	Root     string // the folder with include/ and lib/
	Why      string // how it was found, in words
	Version  Version
	Standard string   // C++ standard of its headers, as in -std=
	CXX11ABI bool     // built with _GLIBCXX_USE_CXX11_ABI=1
	Include  []string // -I
	Libs     []string // -L and rpath: its own folder first, then its run path
	CUDA     bool     // libtorch_cuda.so lies beside libtorch_cpu.so
}

// errNoTorch is the error of a folder without a libtorch, as opposed to a broken or unsupported one.
var errNoTorch = errors.New("no libtorch")

const cpuLibrary = "libtorch_cpu.so"

// Open examines the libtorch in dir: the folder of a libtorch or a torch package (include/ and lib/), the folder above such a
// package (torch/include), or a prefix such as /usr (include/ATen, lib/x86_64-linux-gnu).
func Open(dir string) (Torch, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Torch{}, err
	}
	for _, root := range []string{dir, filepath.Join(dir, "torch")} {
		if lib, ok := libraryFolder(root); ok {
			return read(root, lib)
		}
	}
	return Torch{}, fmt.Errorf("%w in %s: expected include/ATen and lib/%s", errNoTorch, dir, cpuLibrary)
}

// libraryFolder finds the folder of libtorch_cpu.so under root; ok is false without it or without headers.
func libraryFolder(root string) (string, bool) {
	if !exists(filepath.Join(root, "include", "ATen", "ATen.h")) {
		return "", false
	}
	for _, lib := range []string{"lib", "lib/" + triplet(), "lib64"} {
		lib = filepath.Join(root, lib)
		if exists(filepath.Join(lib, cpuLibrary)) {
			return lib, true
		}
	}
	return "", false
}

// triplet is Debian's name for this machine's architecture in library paths.
func triplet() string { return machine() + "-linux-gnu" }

// machine is this machine's architecture in the kernel's and Python wheels' names.
func machine() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64"
	}
	return "x86_64"
}

func read(root, lib string) (Torch, error) {
	include := filepath.Join(root, "include")
	t := Torch{Root: root}
	var err error
	if t.Version, err = headerVersion(include); err != nil {
		return t, err
	}
	if !t.Version.Supported() {
		return t, fmt.Errorf("libtorch %s in %s is not supported: %d.%d to %d.%d are", t.Version, root,
			Oldest.Major, Oldest.Minor, Newest.Major, Newest.Minor)
	}
	made, err := architecture(filepath.Join(lib, cpuLibrary))
	if err != nil {
		return t, err
	}
	if made != machine() {
		return t, fmt.Errorf("libtorch %s in %s is for %s and this machine is %s", t.Version, root, made, machine())
	}
	if t.Standard, err = headerStandard(include); err != nil {
		return t, err
	}
	if t.CXX11ABI, err = cxx11ABI(filepath.Join(lib, "libc10.so")); err != nil {
		return t, err
	}
	named, err := runPaths(filepath.Join(lib, cpuLibrary))
	if err != nil {
		return t, err
	}
	t.Libs = append([]string{lib}, named...)
	t.Include = []string{include, filepath.Join(include, "torch/csrc/api/include")}
	if include == "/usr/include" { // a default of the compiler: -I would change its order
		t.Include = t.Include[1:]
	}
	t.CUDA = HasCUDA(lib)
	for _, dir := range append(t.Libs, t.Include...) {
		if strings.ContainsAny(dir, ",\"'\n") {
			return t, fmt.Errorf("%s cannot be handed to the linker: move libtorch to a folder without commas and quotes in its name", dir)
		}
	}
	return t, checkNeeded(t)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
