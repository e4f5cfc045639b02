package bounded

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o666); err != nil {
		t.Fatal(err)
	}
	if data, err := File(path, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := File(path, 4); err == nil || !strings.Contains(err.Error(), "more than 4 bytes") {
		t.Errorf("error %v", err)
	}
	if _, err := File("/dev/zero", 1<<16); err == nil {
		t.Error("what has no end is read")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestLine(t *testing.T) {
	long := strings.Repeat("x", 10000)
	r := bufio.NewReader(strings.NewReader(long + "\n\nlast"))
	for _, want := range []string{long + "\n", "\n"} {
		if line, err := Line(r); err != nil || string(line) != want {
			t.Errorf("%d bytes, %v, want %d", len(line), err, len(want))
		}
	}
	if line, err := Line(r); err != io.EOF || string(line) != "last" {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := Line(bufio.NewReader(endless{})); !errors.Is(err, ErrLine) {
		t.Errorf("error %v", err)
	}
}
