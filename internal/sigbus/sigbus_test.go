package sigbus

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	for range 16 { // threads that fault at once speak once
		go func() { runtime.LockOSThread(); t.Error("read ", data[os.Getpagesize()]) }()
	}
	t.Fatal("read ", data[os.Getpagesize()])
}

// A file that got shorter is named where its memory is written out; of others
// the system's error stays.
func TestExplain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	data := mapped(t, path)
	defer Watch(data, path)()
	write := func() error {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		_, err = out.Write(data)
		return err
	}
	if err := Explain(syscall.EFAULT); !errors.Is(err, syscall.EFAULT) {
		t.Errorf("of a whole file: %v", err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := Explain(fmt.Errorf("tensor: %w", write())); err == nil || err.Error() != Shrunk(path).Error() {
		t.Errorf("told: %v", err)
	}
	if err := Explain(syscall.ENOSPC); err != syscall.ENOSPC {
		t.Errorf("of a full disk: %v", err)
	}
}

// Entries are used again.
func TestManyWatches(t *testing.T) {
	data := mapped(t, filepath.Join(t.TempDir(), "file"))
	for range 1 << 16 {
		Watch(data, "file")()
	}
	Watch(nil, "nothing")()
}
