// Package fit prepares a module to build with xpt: it finds or downloads a libtorch, fits a copy of gotch to it, which
// includes xpt's C++, and replaces gotch by that copy in the module's go.work. Finished steps are not repeated.
//
// gotch v0.9.1 is written for libtorch 2.1. Wrappers that do not compile against the given libtorch become stubs that return
// an error, and defects of gotch's memory handling are corrected (see rules.go).
package fit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"xpt/internal/caches"
	"xpt/internal/setup"
)

// Setup prepares the module of the working folder: xpt, or a module that imports it.
func Setup() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%s is not supported: libtorch is set up on Linux only", runtime.GOOS)
	}
	m, err := mainModule()
	if err != nil {
		return err
	}
	_, err = os.Stat(m.work)
	fresh := err != nil && m.own()
	built := func() {}
	if fresh {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		built = ahead(ctx, m.folder)
	}
	cache, err := cacheFolder(m.folder)
	if err != nil {
		return err
	}
	in := inputs{platform: runtime.GOOS + "/" + runtime.GOARCH}
	if in.compiler, err = findCompiler(); err != nil {
		return err
	}
	if in.torch, err = setup.Find(setup.Machine(m.libtorchFolder(cache), os.Getenv(setup.Variable), os.Stderr)); err != nil {
		return err
	}
	fmt.Printf("libtorch %s in %s (%s)\n", in.torch.Version, in.torch.Root, in.torch.Why)
	if in.gotch, err = gotchModule(m.source); err != nil {
		return err
	}
	if in.native, err = readNative(m.source); err != nil {
		return err
	}
	if os.Getenv(gotchVariable) != all {
		if in.called, err = called([]string{m.source, m.folder}, in.gotch); err != nil {
			return err
		}
	}
	if in.fitter, err = sourceHash(); err != nil {
		return err
	}
	copied, err := fitted(cache, in)
	if err != nil {
		return err
	}
	if err := m.use(in.gotch.Version, copied); err != nil {
		return err
	}
	_ = caches.Use(copied, m.work) // without the note xpt doctor --clean lists the copy as unused, and no more
	if !fresh {
		return nil
	}
	defer setup.Progress(os.Stdout, "compiling xpt for the first time")()
	built()
	_, err = goRun(m.folder, append(os.Environ(), "GOWORK="+m.work), "build", "-buildvcs=false", "./...")
	return err
}

const done = ".fitted" // file with the summary in a copy that passed its test

// fitted returns the copy of gotch for these inputs, and makes it if it does not exist.
func fitted(cache string, in inputs) (string, error) {
	copied := filepath.Join(cache, "gotch-"+in.key())
	summary, err := os.ReadFile(filepath.Join(copied, done))
	if err != nil {
		unlock, err := setup.Lock(copied+".lock", os.Stderr)
		if err != nil {
			return "", err
		}
		defer unlock()
		if summary, err = os.ReadFile(filepath.Join(copied, done)); err != nil { // nor made by a concurrent set-up
			if summary, err = fit(copied, in); err != nil {
				return "", err
			}
		}
	}
	fmt.Printf("gotch %s %s in %s\n", in.gotch.Version, summary, copied)
	return copied, nil
}

// fit makes the copy, and moves it to its final path before compiling: Go's build cache depends on the path.
func fit(copied string, in inputs) (summary []byte, err error) {
	if err := setup.CheckMemory(); err != nil {
		return nil, err
	}
	start := time.Now()
	defer setup.Progress(os.Stdout, fmt.Sprintf("fitting gotch %s to libtorch %s with %s, which takes a minute or so, once",
		in.gotch.Version, in.torch.Version, in.compiler.version))()
	temp := copied + ".tmp"
	for _, old := range []string{temp, copied} {
		if err := os.RemoveAll(old); err != nil {
			return nil, err
		}
	}
	defer os.RemoveAll(temp)
	if err := copyModule(in.gotch.Dir, temp); err != nil {
		return nil, fmt.Errorf("copy gotch: %w", err)
	}
	if err := applyRules(temp, rules); err != nil {
		return nil, err
	}
	if err := keepAllAlive(temp, callers); err != nil {
		return nil, err
	}
	if err := linkFile(temp, cgoFile(in.torch)); err != nil {
		return nil, err
	}
	operations := "all operations"
	if in.called != nil {
		kept, err := trim(temp, in.called)
		if err != nil {
			return nil, err
		}
		if err := lean(temp); err != nil {
			return nil, err
		}
		operations = fmt.Sprintf("%d operations, %s=%s for all", kept, gotchVariable, all)
	}
	if err := in.native.addTo(temp); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, copied); err != nil {
		return nil, err
	}
	missing, err := build(copied, in)
	if err != nil {
		return nil, err
	}
	summary = fmt.Appendf(nil, "fitted (%s; %d are not in this libtorch)", operations, missing)
	fmt.Printf("fitted in %.0f s\n", time.Since(start).Seconds())
	return summary, os.WriteFile(filepath.Join(copied, done), summary, 0o644)
}

// build compiles and tests the copy. Most libtorchs have all called operations; if the compilation fails, wrappers that do
// not compile are replaced by stubs. It returns their number.
func build(copied string, in inputs) (missing int, err error) {
	if in.called != nil {
		if err := smoke(copied); err == nil {
			return 0, nil
		}
	}
	stubs, err := stubMissing(copied, in.compiler, cxxFlags(in.torch))
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(copied, "missing-operations.txt"), []byte(strings.Join(stubs, "\n")+"\n"), 0o644); err != nil {
		return 0, err
	}
	return len(stubs), smoke(copied)
}
