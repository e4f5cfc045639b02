package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xpt/internal/usererror"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), []byte("12345"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", at("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", at("zero")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "link"} {
		f, err := Open(at(name))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	for path, want := range map[string]string{dir: "is a folder", at("pipe"): "is a pipe", "/dev/zero": "is a device", at("zero"): "is a device"} {
		_, err := Open(path)
		if !errors.As(err, new(*usererror.Error)) || !strings.HasPrefix(err.Error(), path+" "+want) {
			t.Errorf("%s: error %v, want it to say that it %s", path, err, want)
		}
	}
	if _, err := Open(at("none")); !errors.Is(err, fs.ErrNotExist) || err.Error() != "open "+at("none")+": no such file or directory" {
		t.Errorf("error %v", err)
	}
}

// A file that xpt keeps is made, or opened as it is; in the place of one stands nothing else.
func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	path, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	for _, text := range []string{"1", "2"} {
		f, err := Update(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "12" {
		t.Errorf("%q, %v", text, err)
	}
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "is a folder", pipe: "is a pipe", "/dev/zero": "is a device"} {
		if _, err := Update(path); !errors.As(err, new(*usererror.Error)) || !strings.HasPrefix(err.Error(), path+" "+want) || !strings.HasSuffix(err.Error(), "remove it") {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

// A link to nothing, or to itself, is neither a file nor none.
func TestLinksToNothing(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for link, to := range map[string]string{"dangling": "nowhere", "loop": "loop", "sound": "file"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at("file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"dangling": "is a link to nowhere, which is not there", "loop": "too many levels of symbolic links", "none": "", "file": "", "sound": "",
	} {
		exists, err := Exists(at(name))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || exists != (name == "file" || name == "sound") {
			t.Errorf("%s: %v, %v, want %q", name, exists, err, want)
		}
		if _, err := Open(at(name)); want != "" && (err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: opened, %v, want %q", name, err, want)
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o666); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(path, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	// A file of /proc says that it has no bytes.
	if data, err := ReadFile("/proc/self/maps", 1<<30); err != nil || len(data) == 0 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	for _, path := range []string{path, "/proc/self/maps"} {
		if _, err := ReadFile(path, 4); !errors.As(err, new(*usererror.Error)) || !strings.Contains(err.Error(), path+" has more than 4 bytes") {
			t.Errorf("error %v", err)
		}
	}
	if err := os.Truncate(path, 1<<40); err != nil { // a hole: nothing is written
		t.Fatal(err)
	}
	if _, err := ReadFile(path, 1<<20); err == nil {
		t.Error("a terabyte is read")
	}
}

func TestReadText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for content, want := range map[string]string{"{}": "{}", "\ufeff{}": "{}", "\xff\xfe{\x00": "", "{\x00}\x00": ""} {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		data, err := ReadText(path, 100)
		if string(data) != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", content, data, err, want)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), "save it as UTF-8")) {
			t.Errorf("%q: error %v", content, err)
		}
	}
}
