package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBLAS(t *testing.T) {
	for library, want := range map[string][2]string{
		"/usr/lib/x86_64-linux-gnu/openblas-openmp/libblas.so.3":            {"OpenBLAS (OpenMP)", ""},
		"/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblasp-r0.3.21.so": {"OpenBLAS (OpenMP)", ""},
		"/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3":           {"OpenBLAS (pthread)", "threads"},
		"/opt/lib/libopenblas.so.0":                                         {"OpenBLAS", ""},
		"/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0":                  {"reference BLAS", "libopenblas0-openmp"},
		"/usr/lib/x86_64-linux-gnu/blis-openmp/libblas.so.3":                {"libblas.so.3", ""},
		"": {"", ""},
	} {
		name, advice := BLAS(library)
		if name != want[0] || !strings.Contains(advice, want[1]) || (want[1] == "") != (advice == "") {
			t.Errorf("%s: %q, %q; want %q", library, name, advice, want)
		}
	}
}

func TestBLASAdviceFollowsTheLink(t *testing.T) {
	lib := t.TempDir()
	write(t, lib, "blas/libblas.so.3.11.0", "")
	if advice := blasAdvice(lib); advice != "" {
		t.Errorf("without libblas.so.3: %q", advice)
	}
	if err := os.Symlink(filepath.Join(lib, "blas/libblas.so.3.11.0"), filepath.Join(lib, "libblas.so.3")); err != nil {
		t.Fatal(err)
	}
	if advice := blasAdvice(lib); !strings.Contains(advice, "reference BLAS") {
		t.Errorf("advice %q", advice)
	}
}
