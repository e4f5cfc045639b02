package setup

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUnpackTakesWhatTheLibraryNeeds(t *testing.T) {
	torch := wheel(t, map[string]string{
		"torch/include/ATen/ATen.h":            "// header",
		"torch/lib/libtorch_cpu.so":            lib("libc10.so", "libcudart.so.13", "libc.so.6"),
		"torch/lib/libc10.so":                  lib("libgomp-1.so"),
		"torch.libs/libgomp-1.so":              lib("libc10.so"),
		"torch/lib/libtorch_python.so":         lib(),
		"torch/nn/modules.py":                  "import torch",
		"torch-2.dist-info/licenses/LICENSE":   "BSD",
		"torch-2.dist-info/METADATA":           "Name: torch",
		"torch/_C.cpython-311-x86_64-linux.so": lib(),
	})
	cuda := wheel(t, map[string]string{
		"nvidia/cu13/lib/libcudart.so.13":    lib(),
		"nvidia/cu13/lib/libcudart_static.a": "",
		"nvidia/cu13/include/cuda.h":         "",
	})
	dir := t.TempDir()
	if err := unpack([]string{torch, cuda}, dir, cpuLibrary); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"nvidia/cu13/lib/libcudart.so.13", "torch-2.dist-info/licenses/LICENSE", "torch.libs/libgomp-1.so",
		"torch/include/ATen/ATen.h", "torch/lib/libc10.so", "torch/lib/libtorch_cpu.so",
	}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("unpacked %q\nwant %q", got, want)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "torch/include/ATen/ATen.h")); string(text) != "// header" {
		t.Errorf("header %q, %v", text, err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	for want, content := range map[string]map[string]string{
		"no libtorch_cpu.so": {"torch/include/a.h": ""},
		"outside":            {"torch/include/../../../a.h": "", "torch/lib/libtorch_cpu.so": lib()},
	} {
		if err := unpack([]string{wheel(t, content)}, t.TempDir(), cpuLibrary); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	name := filepath.Join(t.TempDir(), "x.whl")
	write(t, filepath.Dir(name), "x.whl", "cut off")
	if err := unpack([]string{name}, t.TempDir(), cpuLibrary); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("error %v, want one with the wheel's name", err)
	}
}

func lib(needs ...string) string { return string(library{needs: needs}.bytes()) }

func wheel(t *testing.T, content map[string]string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "x.whl"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range content {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
