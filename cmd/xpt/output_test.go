package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
)

func TestOutputEscapesControls(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":         "plain\ttext\n",
		"\x1b[31mred\r\a\x00":   `\x1b[31mred\x0d\x07\x00`,
		"\x7f\u0085\u009b2J":    `\u007f\u0085\u009b2J`,
		"\xff\x9b not a text":   `\xff\x9b not a text`,
		"\ufffd \u200fשלום é 𝛼": "\ufffd \u200fשלום é 𝛼",
		"cut\xf0\x9f":           `cut\xf0\x9f`,
	} {
		for _, chunk := range []int{1, 2, 3, 5, len(in)} { // whatever a writer does not keep whole
			var b bytes.Buffer
			out := &output{w: &b}
			for rest := in; rest != ""; rest = rest[min(chunk, len(rest)):] {
				if n, err := out.Write([]byte(rest[:min(chunk, len(rest))])); err != nil || n != min(chunk, len(rest)) {
					t.Fatal(n, err)
				}
			}
			if err := out.close(); err != nil || b.String() != want {
				t.Errorf("%q in parts of %d: %q, %v, want %q", in, chunk, &b, err, want)
			}
		}
	}
	text := "\x7f \x1b \u0085 \u202e"
	var b bytes.Buffer
	out := &output{w: &b}
	if err := json.NewEncoder(out).Encode(text); err != nil {
		t.Fatal(err)
	}
	var back string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != text {
		t.Errorf("JSON %s is read as %q, %v", &b, back, err)
	}
}

// What a file holds steers no terminal: neither names of tensors nor words.
func TestTextsOfFilesAreEscaped(t *testing.T) {
	for name, c := range map[string]struct{ got, want string }{
		"a message":    {oneLine("a\x1b[31m\n\u202eb"), `a\x1b[31m; \u202eb`},
		"within lines": {inLine("a\nb\tc\u200f"), `a\x0ab\x09c` + "\u200f"},
		"long garbage": {oneLine(strings.Repeat("\x00", 1000))[:8], `\x00\x00`},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	header := `{"a\u001b[31m\nb": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}`
	file := writeFile(t, t.TempDir(), "escapes.safetensors", string(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))+header+"\x00\x00\x80\x3f")
	if stdout, stderr, _ := invoke(t, "inspect", file); !strings.Contains(stdout, `a\x1b[31m\x0ab`) || strings.Contains(stdout+stderr, "\x1b") {
		t.Errorf("a tensor with control characters in its name: %q, %q", stdout, stderr)
	}
	if n := len([]rune(oneLine(strings.Repeat("\x00", 1000)))); n != longestMessage {
		t.Errorf("a message of %d characters", n)
	}
}
