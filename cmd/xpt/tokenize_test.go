package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unpackedTokenizer unpacks the small SentencePiece model of the tokenizer's fixtures.
func unpackedTokenizer(t *testing.T) string {
	t.Helper()
	f, err := os.Open("../../testdata/tokenize/sentencepiece.bpe.model.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sentencepiece.bpe.model")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTokenizeReadsStandardInput(t *testing.T) {
	opts := tokenizeOptions{Tokenizer: unpackedTokenizer(t), Rule: "auto", InputFormat: "text", JSON: true, Special: true}
	var out, messages bytes.Buffer
	if err := runTokenize(context.Background(), strings.NewReader("a\nThe teacher\n"), &out, &messages, opts, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(messages.String(), "rule spm") {
		t.Errorf("the rule in force is not said: %q", &messages)
	}
	var last struct {
		IDs   []int
		Words []*int
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || last.IDs[0] != 2 || last.Words[0] != nil || *last.Words[len(last.Words)-1] != 1 {
		t.Errorf("answers:\n%s", &out)
	}
}

func TestTokenizeStatsPerFile(t *testing.T) {
	opts := tokenizeOptions{Tokenizer: unpackedTokenizer(t), Rule: "hf", InputFormat: "text", Stats: true}
	file := filepath.Join(t.TempDir(), "text.txt")
	if err := os.WriteFile(file, []byte("a a\na\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := runTokenize(context.Background(), strings.NewReader("a\n"), &out, io.Discard, opts, []string{file, "-"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"text.txt: 2 lines, 3 words, 3 sub-tokens, fertility 1.000", "standard input: 1 lines", "rule hf"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, &out)
		}
	}
}

func TestTokenizeUserErrors(t *testing.T) {
	model := unpackedTokenizer(t)
	for says, opts := range map[string]tokenizeOptions{
		"--input-format": {Tokenizer: model, Rule: "auto", InputFormat: "xml"},
		"rule":           {Tokenizer: model, Rule: "bpe", InputFormat: "text"},
		"--tokenizer":    {Rule: "auto", InputFormat: "text"},
		"no such file":   {Tokenizer: model + "x", Rule: "auto", InputFormat: "text"},
	} {
		if err := runTokenize(context.Background(), strings.NewReader(""), io.Discard, io.Discard, opts, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
