package caches

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What is used, and what xpt did not write, stays.
func TestUnused(t *testing.T) {
	dir := t.TempDir()
	clone := filepath.Join(dir, "clone")
	folder := filepath.Join(dir, "cache")
	current, old, moved := "gotch-00000000000000aa", "gotch-00000000000000bb", "gotch-00000000000000cc"
	for name, text := range map[string]string{
		"clone/go.work":                              "replace gotch => " + filepath.Join(folder, current),
		"cache/" + current + "/" + users:             filepath.Join(dir, "gone/go.work") + "\n" + filepath.Join(clone, "go.work") + "\n",
		"cache/" + current + "/libtch/lib.go":        "-L" + filepath.Join(folder, "libtorch/2.14.0/torch/lib") + " ",
		"cache/" + current + ".lock":                 "",
		"cache/" + old + "/go.mod":                   "module x", // of a version that wrote no users
		"cache/" + old + ".lock":                     "",
		"cache/" + moved + "/" + users:               filepath.Join(clone, "go.work"), // which names another by now
		"cache/gotch-00000000000000dd.tmp/a":         "a",
		"cache/gotch-mine/a":                         "the user's",
		"cache/notes.txt":                            "the user's",
		"cache/bench/564M/model.safetensors":         "weights",
		"cache/products/CPU-amx-libtorch-2.15.0.txt": "a",
		"cache/products/CPU-amx-libtorch-2.1.0.txt":  "a",
		"cache/libtorch/2.14.0/torch/lib/a.so":       "a",
		"cache/libtorch/2.13.0/torch/lib/a.so":       "a",
		"cache/libtorch/mine/a.so":                   "the user's",
		"clone/.libtorch/2.15.0/torch/lib/a.so":      "a",
		"clone/.libtorch/2.9.0/torch/lib/a.so":       "a",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	libtorch := filepath.Join(clone, ".libtorch/2.15.0/torch/lib")
	found, err := Unused(folder, libtorch, "2.15.0")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range found {
		name, _ := filepath.Rel(dir, e.Path)
		names = append(names, name)
		if strings.HasSuffix(name, "bench") && e.Bytes != int64(len("weights")) {
			t.Errorf("%s has %d bytes", name, e.Bytes)
		}
	}
	slices.Sort(names)
	want := []string{"cache/bench", "cache/" + old, "cache/" + old + ".lock", "cache/" + moved, "cache/gotch-00000000000000dd.tmp", "cache/libtorch/2.13.0", "cache/products/CPU-amx-libtorch-2.1.0.txt", "clone/.libtorch/2.9.0"}
	if !slices.Equal(names, want) {
		t.Errorf("unused: %q\nwant    %q", names, want)
	}
	if err := Remove(found); err != nil {
		t.Fatal(err)
	}
	left, err := Unused(folder, libtorch, "2.15.0")
	if err != nil || left != nil {
		t.Errorf("left: %v, error %v", left, err)
	}
	working := filepath.Join(folder, "gotch-00000000000000ee.tmp") // of a set-up that runs
	if err := os.MkdirAll(working, 0o777); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(folder, "gotch-00000000000000ee.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if left, err := Unused(folder, libtorch, "2.15.0"); err != nil || left != nil {
		t.Errorf("while a set-up runs: %v, error %v", left, err)
	}
	if none, err := Unused(filepath.Join(dir, "nowhere"), "/usr/lib", "2.15.0"); err != nil || none != nil {
		t.Errorf("without a cache: %v, error %v", none, err)
	}
}
