package bounded

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

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
