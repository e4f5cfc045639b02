package autotune_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xpt/internal/autotune"
)

// Choices that cannot be kept are said to be none, however that shows.
func TestUsable(t *testing.T) {
	const variable = "XPT_TEST_FOLDER" // of the process that has given up root's rights
	folder := os.Getenv(variable)
	if os.Geteuid() == 0 {
		folder, err := os.MkdirTemp("", "xpt")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		if err := os.Chmod(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		binary := filepath.Join(folder, "test")
		text, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(binary, text, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, "-test.run=^"+t.Name()+"$")
		cmd.Env, cmd.Dir = append(os.Environ(), variable+"="+folder, "HOME="+folder), folder
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	if folder == "" {
		folder = t.TempDir()
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"new/products/a.txt", "new/products/b.txt"} {
		if err := autotune.Usable(at(name)); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(at("new/products/read-only"), nil, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("new/products/pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(at("locked"), 0o555); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"new/products/read-only": "cannot be written to", "new/products/pipe": "is no file", "new": "is no file",
		"locked/a.txt": "cannot be written to", "locked/products/a.txt": "permission denied"} {
		if err := autotune.Usable(at(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}
