package plaintext

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzLines holds that lines have no ends, and are those of the text.
func FuzzLines(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := read(bytes.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "in.txt:1: ") {
				t.Fatalf("error %q of %d bytes", err, len(text))
			}
			return
		}
		want := bytes.Count(text, []byte("\n"))
		if len(text) > 0 && text[len(text)-1] != '\n' {
			want++
		}
		if len(lines) != want {
			t.Fatalf("%d lines, want %d", len(lines), want)
		}
		rest := strings.TrimPrefix(string(text), "\ufeff")
		for _, line := range lines {
			at := strings.Index(rest, line)
			if at < 0 || strings.Contains(line, "\n") || strings.HasSuffix(line, "\r") {
				t.Fatalf("line %q is none of %q", line, rest)
			}
			rest = rest[at+len(line):]
		}
		if strings.Trim(rest, "\r\n") != "" {
			t.Fatalf("%q is left", rest)
		}
	})
}
