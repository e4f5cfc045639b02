package sigbus

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// inChild says what the process that the test starts is to do.
const inChild = "XPT_TEST_SIGBUS"

// mapped is a file of two pages that is mapped.
func mapped(t *testing.T, path string) []byte {
	t.Helper()
	if err := os.WriteFile(path, make([]byte, 2*os.Getpagesize()), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := syscall.Mmap(int(f.Fd()), 0, 2*os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A fault in a watched file ends in one line, any other in Go's own report.
func TestFaults(t *testing.T) {
	path := os.Getenv(inChild)
	if path == "" {
		for name, want := range map[string]string{"watched": " got shorter while it was read", "stopped": "fault", "other": "fault"} {
			path := filepath.Join(t.TempDir(), name)
			cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
			cmd.Env = append(os.Environ(), inChild+"="+path)
			var out strings.Builder
			cmd.Stderr, cmd.Stdout = &out, &out
			err := cmd.Run()
			exit := new(exec.ExitError)
			if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(out.String(), want) {
				t.Errorf("%s: %v: %.300s", name, err, &out)
			}
			if lines := strings.Count(out.String(), "\n"); name == "watched" && (lines != 1 || !strings.HasPrefix(out.String(), "xpt: "+path+want)) || name != "watched" && lines < 5 {
				t.Errorf("%s: %.300s", name, &out)
			}
		}
		return
	}
	data := mapped(t, path)
	Watch(mapped(t, path+".whole"), path+".whole")
	if name := filepath.Base(path); name != "other" {
		stop := Watch(data, path)
		if name == "stopped" {
			stop()
			stop()
		}
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	t.Fatal("read ", data[os.Getpagesize()])
}

// Entries are used again.
func TestManyWatches(t *testing.T) {
	data := mapped(t, filepath.Join(t.TempDir(), "file"))
	for range 1 << 16 {
		Watch(data, "file")()
	}
	Watch(nil, "nothing")()
}
