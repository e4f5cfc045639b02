package setup

import (
	"debug/elf"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMissingLibraries(t *testing.T) {
	torch, cuda := t.TempDir(), t.TempDir()
	write(t, torch, cpuLibrary, lib("libc10.so", "libcudart.so.13", "libcupti.so.13", "libgomp.so.1", "libm.so.6"))
	write(t, torch, "libc10.so", lib("libc.so.6"))
	write(t, torch, "libgomp.so.1", lib(cpuLibrary))
	none := func(string) bool { return false }
	for _, c := range []struct {
		name    string
		folders []string
		system  func(string) bool
		want    []string
	}{
		{"none there", []string{torch, cuda}, none, []string{"libcudart.so.13", "libcupti.so.13"}},
		{"one in the system", []string{torch, cuda}, func(name string) bool { return name == "libcudart.so.13" }, []string{"libcupti.so.13"}},
	} {
		if got, err := missingLibraries(cpuLibrary, c.folders, isPackaged, c.system); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	write(t, cuda, "libcudart.so.13", lib())
	write(t, cuda, "libcupti.so.13", lib("libcudart-more.so"))
	if got, err := missingLibraries(cpuLibrary, []string{torch, cuda}, isPackaged, none); err != nil || !slices.Equal(got, []string{"libcudart-more.so"}) {
		t.Errorf("what a library found asks for: %q, %v", got, err)
	}
	write(t, cuda, "libcupti.so.13", "not a library")
	if _, err := missingLibraries(cpuLibrary, []string{torch, cuda}, isPackaged, none); err == nil || !strings.Contains(err.Error(), "libcupti") {
		t.Errorf("a broken library gives the error %v", err)
	}
}

func TestSystemHas(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "libcudart.so.99", "")
	if systemHas("libcudart.so.99") {
		t.Error("a library of no folder of the system's is found")
	}
	t.Setenv("LD_LIBRARY_PATH", "/nowhere:"+dir)
	if !systemHas("libcudart.so.99") {
		t.Error("a library in LD_LIBRARY_PATH is not found")
	}
}

// Requirements as the wheels of these releases have them.
const (
	old = `Name: torch
Requires-Dist: filelock
Requires-Dist: nvidia-cuda-runtime-cu12 (==12.1.105) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-cupti-cu12 (==12.1.105) ; platform_system == "Linux" and platform_machine == "x86_64"
`
	later = `Requires-Dist: nvidia-cuda-runtime-cu12==12.6.77; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-cupti-cu12==12.6.80; platform_system == "Linux" and platform_machine == "x86_64"
`
	withToolkit = `Requires-Dist: sympy>=1.13.3
Requires-Dist: cuda-toolkit[cublas,cudart,cupti]==13.0.2; platform_system == "Linux"
Requires-Dist: cuda-bindings<14,>=13.0.3; platform_system == "Linux"
`
)

// A libtorch whose libraries of NVIDIA's are missing is refused, with the packages that it was made with.
func TestOpenNamesTheMissingPackages(t *testing.T) {
	for _, c := range []struct{ name, metadata, cudart, cupti, want string }{
		{"parentheses", old, "libcudart.so.12", "libcupti.so.12", "nvidia-cuda-runtime-cu12==12.1.105 nvidia-cuda-cupti-cu12==12.1.105"},
		{"exact", later, "libcudart.so.12", "libcupti.so.12", "nvidia-cuda-runtime-cu12==12.6.77 nvidia-cuda-cupti-cu12==12.6.80"},
		{"toolkit", withToolkit, "libcudart.so.13", "libcupti.so.13", "'cuda-toolkit[cudart,cupti]==13.0.2'"},
		{"no metadata, CUDA 11", "", "libcudart.so.11.0", "libcupti.so.11.7", "nvidia-cuda-runtime-cu11 nvidia-cuda-cupti-cu11"},
		{"no metadata, CUDA 13", "", "libcudart.so.13", "libcupti.so.13", "'nvidia-cuda-runtime==13.*' 'nvidia-cuda-cupti==13.*'"},
	} {
		site := t.TempDir()
		dir := filepath.Join(site, "torch")
		fakeTorch(t, dir, "2.11.0")
		write(t, dir, "lib/"+cpuLibrary, string(library{needs: []string{"libc10.so", c.cudart, c.cupti}, runPath: "$ORIGIN/../../nvidia/lib"}.bytes()))
		if c.metadata != "" {
			write(t, site, "torch-2.11.0+cu130.dist-info/METADATA", c.metadata)
			write(t, site, "torch-2.1.0.dist-info/METADATA", "Requires-Dist: nvidia-cuda-runtime-cu11==11.7.99\n")
		}
		_, err := Open(dir)
		want := "lacks " + c.cudart + " and " + c.cupti + ": python3 -m pip install --target '" + site + "' " + c.want
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: error %v\nwant one that ends in %s", c.name, err, want)
		}
		for _, name := range []string{c.cudart, c.cupti} {
			write(t, site, "nvidia/lib/"+name, lib())
		}
		if _, err := Open(dir); err != nil {
			t.Errorf("%s: with the libraries there: %v", c.name, err)
		}
	}
}

func TestOpenRefusesAnotherProcessorsLibraries(t *testing.T) {
	dir := t.TempDir()
	fakeTorch(t, dir, "2.3.1")
	other, name := elf.EM_AARCH64, "aarch64"
	if machine() == name {
		other, name = elf.EM_X86_64, "x86_64"
	}
	write(t, dir, "lib/"+cpuLibrary, string(library{machine: other}.bytes()))
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), dir+" is for "+name+" and this machine is "+machine()) {
		t.Errorf("error %v, want one that names both processors", err)
	}
}
