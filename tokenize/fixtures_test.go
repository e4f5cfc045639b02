package tokenize

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const fixtures = "../testdata/tokenize"

// fixture reads a fixture, unpacked if it is compressed.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return data
}

// rows reads a fixture of one JSON value a line.
func rows[T any](t testing.TB, name string) []T {
	t.Helper()
	var out []T
	s := bufio.NewScanner(bytes.NewReader(fixture(t, name)))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var row T
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v: %s", name, err, s.Text())
		}
		out = append(out, row)
	}
	return out
}

// small gives the tokenizer of the small model, by both rules and in the older style of tokenizer.json.
func small(t testing.TB, name string) *Tokenizer {
	t.Helper()
	tk, err := smallModels()[name](t)
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

var smallModels = sync.OnceValue(func() map[string]func(testing.TB) (*Tokenizer, error) {
	file := func(name string, rule Rule, edit func(string) string) func(testing.TB) (*Tokenizer, error) {
		var once sync.Once
		var tk *Tokenizer
		var err error
		return func(t testing.TB) (*Tokenizer, error) {
			once.Do(func() { tk, err = parse(edit(string(fixture(t, name))), rule) })
			return tk, err
		}
	}
	same := func(s string) string { return s }
	return map[string]func(testing.TB) (*Tokenizer, error){
		"spm": file("sentencepiece.bpe.model.gz", SPM, same),
		"hf":  file("tokenizer.json.gz", HF, same),
		"hf4": file("tokenizer.json.gz", HF, oldStyle),
	}
})

// oldStyle rewrites a tokenizer.json as transformers 4 wrote it.
func oldStyle(text string) string {
	return strings.NewReplacer(
		`{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}`,
		`{"type":"Strip","strip_left":false,"strip_right":true},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"}`,
		`"prepend_scheme":"always","split":true}`, `"add_prefix_space":true}`).Replace(text)
}
