package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"xpt/internal/setup"
	"xpt/libtorch"
)

// launched runs the launcher in dir, whose xpt-main is this test, with more environment.
func launched(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := xptProcess(args...)
	cmd.Path, cmd.Args[0] = filepath.Join(dir, "xpt"), "xpt"
	cmd.Env = append(cmd.Env, append([]string{"XPT_LIBTORCH=", "LD_LIBRARY_PATH=", "PATH=/nowhere"}, env...)...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Run()
	return out.String(), err.String(), cmd.ProcessState.ExitCode()
}

// launcher is a folder with the launcher and, as xpt-main, a program whose run path has a name of the same length in place of
// the folder of libtorch if gone is set.
func launcher(t *testing.T, gone bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(dir, "xpt"), "xpt/cmd/xpt-launcher")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if folder := []byte(libtorch.Folder()); gone {
		if strings.HasPrefix(string(folder), "/usr/") {
			t.Skip("the system has a libtorch")
		}
		program = bytes.ReplaceAll(program, folder, append([]byte("/gone"), folder[5:]...))
	}
	if err := os.WriteFile(filepath.Join(dir, "xpt-main"), program, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The program that is started has the launcher's arguments, streams and exit status.
func TestLauncher(t *testing.T) {
	dir := launcher(t, false)
	if stdout, stderr, status := launched(t, dir, nil, "--version"); status != 0 || stderr != "" || !strings.Contains(stdout, libtorch.Folder()) {
		t.Errorf("--version: status %d: %s%s", status, stdout, stderr)
	}
	if _, stderr, status := launched(t, dir, nil, "trian"); status != userError || !strings.HasPrefix(stderr, `xpt: unknown command "trian"`) {
		t.Errorf("trian: status %d: %s", status, stderr)
	}
	p, err := setup.OpenProgram(filepath.Join(dir, "xpt-main"))
	if err != nil || p.Built.String() != libtorch.Version() {
		t.Errorf("built for %v, error %v, and runs on %s", p.Built, err, libtorch.Version())
	}
	link := t.TempDir() // as in /usr/bin
	if err := os.Symlink(filepath.Join(dir, "xpt"), filepath.Join(link, "xpt")); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := launched(t, link, nil, "--version"); status != 0 {
		t.Errorf("through a link: status %d: %s", status, stderr)
	}
	if err := os.Truncate(filepath.Join(dir, "xpt-main"), 1000); err != nil { // a copy that was stopped
		t.Fatal(err)
	}
	if _, stderr, status := launched(t, dir, nil, "--help"); status != userError || !strings.HasPrefix(stderr, "xpt: "+filepath.Join(dir, "xpt-main")+" is no whole program") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("cut: status %d: %s", status, stderr)
	}
	if err := os.Remove(filepath.Join(dir, "xpt-main")); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := launched(t, dir, nil, "--help"); status != userError || !strings.HasPrefix(stderr, "xpt: "+filepath.Join(dir, "xpt-main")+" is missing") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("alone: status %d: %s", status, stderr)
	}
}

// A libtorch that is gone, or another, is told in one line that says how to get the right one.
func TestLauncherWithoutLibtorch(t *testing.T) {
	dir := launcher(t, true)
	missing := "xpt: libtorch " + libtorch.Version() + " is missing: python3 -m pip install torch==" + libtorch.Version() + " gets it, XPT_LIBTORCH=DIR names"
	if stdout, stderr, status := launched(t, dir, nil, "--help"); status != userError || stdout != "" || !strings.HasPrefix(stderr, missing) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("--help: status %d: %s%s", status, stdout, stderr)
	}
	if stdout, stderr, status := launched(t, dir, nil, "doctor"); status != userError || !strings.HasPrefix(stderr, missing) || !strings.Contains(stdout, "XPT_LIBTORCH: not set\n") || !strings.Contains(stdout, "the active Python: no torch\n") {
		t.Errorf("doctor: status %d: %s%s", status, stdout, stderr)
	}
	root := filepath.Dir(libtorch.Folder())
	for _, env := range []string{"XPT_LIBTORCH=" + root, "LD_LIBRARY_PATH=" + libtorch.Folder()} {
		if stdout, stderr, status := launched(t, dir, []string{env}, "--version"); status != 0 || !strings.Contains(stdout, libtorch.Folder()) {
			t.Errorf("%s: status %d: %s%s", env, status, stdout, stderr)
		}
	}

	other := t.TempDir()
	for name, text := range map[string]string{
		"include/ATen/ATen.h": "", "lib/libtorch_cpu.so": "",
		"include/torch/headeronly/version.h": "#define TORCH_VERSION_MAJOR 1\n#define TORCH_VERSION_MINOR 13\n#define TORCH_VERSION_PATCH 1\n",
	} {
		writeFile(t, filepath.Join(other, filepath.Dir(name)), filepath.Base(name), text)
	}
	if stdout, stderr, status := launched(t, launcher(t, false), []string{"LD_LIBRARY_PATH=" + other + "/lib"}, "--version"); status != 0 || !strings.Contains(stdout, libtorch.Folder()) {
		t.Errorf("another in LD_LIBRARY_PATH: status %d: %s%s", status, stdout, stderr)
	}
	for _, env := range []string{"XPT_LIBTORCH=" + other, "LD_LIBRARY_PATH=" + other + "/lib"} {
		if _, stderr, status := launched(t, dir, []string{env}, "--help"); status != userError || !strings.Contains(stderr, "libtorch 1.13.1 in "+other) || !strings.Contains(stderr, " that this xpt was built for: ") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d: %s", env, status, stderr)
		}
	}
}
