package fit

import (
	"os"
	"path/filepath"
	"testing"

	"xpt/internal/setup"
)

func TestKeyChangesWithEachInput(t *testing.T) {
	base := func() inputs {
		return inputs{
			gotch:    module{Dir: "/m", Version: "v0.9.1", Sum: "h1:x"},
			torch:    setup.Torch{Root: "/t", Version: setup.Version{Major: 2, Minor: 15}, Standard: "c++20", CXX11ABI: true, Include: []string{"/t/include"}, Libs: []string{"/t/lib"}},
			compiler: compiler{cc: "gcc", command: []string{"g++"}, version: "g++ 12.2.0"},
			platform: "linux/amd64",
			fitter:   "f",
		}
	}
	seen := map[string]string{base().key(): "nothing"}
	for name, change := range map[string]func(*inputs){
		"gotch version":    func(in *inputs) { in.gotch.Version = "v0.9.2" },
		"gotch sum":        func(in *inputs) { in.gotch.Sum = "h1:y" },
		"libtorch path":    func(in *inputs) { in.torch.Root = "/u" },
		"libtorch version": func(in *inputs) { in.torch.Version.Patch = 1 },
		"ABI":              func(in *inputs) { in.torch.CXX11ABI = false },
		"C++ standard":     func(in *inputs) { in.torch.Standard = "c++17" },
		"headers":          func(in *inputs) { in.torch.Include = []string{"/u/include"} },
		"libraries":        func(in *inputs) { in.torch.Libs = append(in.torch.Libs, "/nvidia") },
		"compiler":         func(in *inputs) { in.compiler.command = []string{"g++-13"} },
		"compiler version": func(in *inputs) { in.compiler.version = "g++ 13.1.0" },
		"C compiler":       func(in *inputs) { in.compiler.cc = "clang" },
		"processor":        func(in *inputs) { in.platform = "linux/arm64" },
		"operations":       func(in *inputs) { in.called = []string{"Add"} },
		"C++":              func(in *inputs) { in.native = native{"a.h": "int a;"} },
		"fitter":           func(in *inputs) { in.fitter = "g" },
	} {
		in := base()
		change(&in)
		if other, ok := seen[in.key()]; ok {
			t.Errorf("the same key after a change of %s and of %s", name, other)
		}
		seen[in.key()] = name
	}
	in := base()
	in.torch.Why = "found elsewhere"
	if in.key() != base().key() {
		t.Error("two keys for inputs that differ in how libtorch was found alone")
	}
}

func TestCacheFolder(t *testing.T) {
	repo, user := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", user)
	if got, err := cacheFolder(repo); err != nil || got != filepath.Join(user, "xpt") {
		t.Errorf("got %s, %v; want the user's cache", got, err)
	}
	file := filepath.Join(user, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file) // no folder can be made in a file
	if got, err := cacheFolder(repo); err != nil || got != filepath.Join(repo, ".libtorch", "cache") {
		t.Errorf("got %s, %v; want the project's folder where the user's cannot be written", got, err)
	}
}
