package driver

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// standIn is a driver with two GPUs; its environment variable FAIL is the error of its start.
const standIn = `
#include <stdlib.h>
#include <string.h>
int cuInit(unsigned flags) { return getenv("FAIL") ? atoi(getenv("FAIL")) : 0; }
int cuDriverGetVersion(int *v) { *v = 12080; return 0; }
int cuDeviceGetCount(int *n) { *n = 2; return 0; }
int cuDeviceGet(int *device, int i) { *device = 7 + i; return 0; }
int cuDeviceGetName(char *name, int room, int device) { strncpy(name, device == 7 ? "Big" : "Small", room); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)(device == 7 ? 80 : 16) << 30; return 0; }
int cuDeviceGetAttribute(int *out, int attribute, int device) { *out = attribute == 75 ? (device == 7 ? 9 : 7) : device == 7 ? 0 : 5; return 0; }
int cuGetErrorString(int error, const char **text) { *text = "no CUDA-capable device is detected"; return 0; }
`

func TestDriverDescribesItsGPUs(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no compiler for a driver to ask")
	}
	source, library := filepath.Join(t.TempDir(), "driver.c"), filepath.Join(t.TempDir(), "libdriver.so")
	if err := os.WriteFile(source, []byte(standIn), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d, err := ask(library)
	if err != nil {
		t.Fatal(err)
	}
	if d.CUDA != "12.8" || len(d.GPUs) != 2 || d.GPUs[0].String() != "Big, 80 GiB, compute capability 9.0" || d.GPUs[1].String() != "Small, 16 GiB, compute capability 7.5" ||
		!d.GPUs[0].MultipliesBFloat16() || d.GPUs[1].MultipliesBFloat16() {
		t.Errorf("the driver is %+v", d)
	}
	t.Setenv("FAIL", "100")
	if _, err := ask(library); err == nil || err.Error() != "no CUDA-capable device is detected (CUDA's error 100)" {
		t.Errorf("a driver that fails gives the error %v", err)
	}
}

func TestNoDriver(t *testing.T) {
	if _, err := ask("libnone.so.1"); err == nil || !strings.Contains(err.Error(), "libnone.so.1") {
		t.Errorf("a missing driver gives the error %v", err)
	}
	if _, err := ask("libm.so.6"); err == nil || !strings.Contains(err.Error(), "no driver") {
		t.Errorf("another library gives the error %v", err)
	}
}

// A driver runs programs of its own CUDA's major release and of older ones.
func TestDriverRefusesNewerCUDA(t *testing.T) {
	d := Driver{CUDA: "12.8"}
	for release, want := range map[string]bool{"13": true, "12": false, "11.0": false, "": false} {
		if got := d.Refuses(release); (got != "") != want {
			t.Errorf("CUDA 12.8 for %q: %q", release, got)
		}
	}
}
