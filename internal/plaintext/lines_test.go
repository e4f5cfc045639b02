package plaintext

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"xpt/internal/usererror"
)

func read(in io.Reader) (lines []string, err error) {
	l := NewLines("in.txt", in)
	for {
		line, err := l.Next()
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 100000)
	for in, want := range map[string][]string{
		"":                     nil,
		"a":                    {"a"},
		"a\n":                  {"a"},
		"a\n\nb":               {"a", "", "b"},
		"a\r\nb\r\n":           {"a", "b"},
		"a\r\r\nb\r":           {"a", "b"},
		"one\rline\nb\n":       {"one\rline", "b"},
		"\ufeffa\n\ufeffb\n":   {"a", "\ufeffb"},
		"a\u2028b\x1cc\n":      {"a\u2028b\x1cc"},
		"a\x00b\n":             {"a\x00b"},
		long + "\n" + "b\n":    {long, "b"},
		"\xff\xfa\xff\xfa\n\n": {"\xff\xfa\xff\xfa", ""},
	} {
		if got, err := read(strings.NewReader(in)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%.20q: %.40q, %v, want %.40q", in, got, err, want)
		}
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestLinesRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		in   io.Reader
		want string
	}{
		"no end":          {io.MultiReader(strings.NewReader("a\n"), endless('x')), "in.txt:2: the line has more than 1048576 bytes"},
		"zeros":           {endless(0), "in.txt:1: the line has more than"},
		"UTF-16":          {strings.NewReader("\xff\xfea\x00\n\x00"), "in.txt:1: the text is UTF-16"},
		"UTF-16, swapped": {strings.NewReader("\xfe\xff\x00a\x00\n"), "in.txt:1: the text is UTF-16"},
		"without a mark":  {strings.NewReader("a\x00b\x00\n\x00"), "in.txt:1: the text is UTF-16"},
		"CR alone":        {strings.NewReader("a\rb\rc\r"), "in.txt:1: lines end in CR alone"},
		"long, CR alone":  {io.MultiReader(strings.NewReader("a\rb"), endless('x')), "in.txt:1: lines end in CR alone"},
	} {
		_, err := read(c.in)
		if !errors.As(err, new(*usererror.Error)) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := read(io.MultiReader(strings.NewReader("a"), brokenReader{})); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want that of the reader", err)
	}
}

var errBroken = errors.New("broken")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }
