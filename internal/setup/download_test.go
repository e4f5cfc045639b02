package setup

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A pip that copies wheels from a folder instead of the network, and keeps its arguments.
const fakePip = `#!/bin/sh
case "$*" in *--version) exit ;; esac
echo "$@" >%[1]s/arguments
while [ "$1" != --dest ]; do shift; done
cp %[1]s/*.whl "$2"
`

// What is unpacked is for this machine's processor, and replaces a folder that an earlier set-up left and that does not do.
func TestDownload(t *testing.T) {
	if err := checkDisk(t.TempDir(), downloadBytes); err != nil {
		t.Skip(err)
	}
	bin := t.TempDir()
	content := map[string]string{
		"torch/include/ATen/ATen.h": "", "torch/lib/libc10.so": string(library{symbols: []string{newABI}}.bytes()),
		"torch/include/torch/headeronly/version.h": versionHeader, "torch/include/torch/csrc/api/include/torch/all.h": "", "nvidia/cu13/lib/libcudart.so.13": lib(),
		"torch/lib/" + cpuLibrary: string(library{needs: []string{"libc10.so", "libcudart.so.13"}, runPath: "$ORIGIN/../../nvidia/cu13/lib"}.bytes()),
	}
	if err := os.Rename(wheel(t, content), filepath.Join(bin, "torch.whl")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "python3"), fmt.Appendf(nil, fakePip, bin), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	dir := filepath.Join(t.TempDir(), "2.15.0")
	fakeTorch(t, filepath.Join(dir, "torch"), "1.8.0")
	if err := download(dir, io.Discard); err != nil {
		t.Fatal(err)
	}
	got, err := Open(dir)
	if err != nil || got.Version != (Version{2, 15, 1}) {
		t.Errorf("libtorch %s, %v; want the one of the wheel", got.Version, err)
	}
	arguments, err := os.ReadFile(filepath.Join(bin, "arguments"))
	if want := "--platform manylinux_2_28_" + machine() + " "; err != nil || !strings.Contains(string(arguments), want) {
		t.Errorf("pip is called with %q, %v; want %q", arguments, err, want)
	}
}
