package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot be measured is refused in one line, before anything runs.
func TestBenchRefuses(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("no marks\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	cut := t.TempDir()
	for name, bytes := range map[string]int{"config.json": 0, "model.safetensors": 100} {
		text, err := os.ReadFile(filepath.Join(tiny, name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, cut, name, string(text[:len(text)-bytes]))
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--cases", "fly"}, `--cases: no case "fly"`},
		{[]string{"--shape", "huge"}, `--shape: no shape "huge"`},
		{[]string{"--dtype", "float32,int4"}, `--dtype: unknown dtype "int4"`},
		{[]string{"--device", "abacus"}, `--device: `},
		{[]string{"--repeat", "0"}, `-repeat: expected a whole number, at least 1`},
		{[]string{"--threads", "-1"}, `-threads: expected`},
		{[]string{"--profile", "--growth"}, `--profile and --growth`},
		{[]string{"--profile", "--peer", "python3"}, `--peer goes with`},
		{[]string{"--out", page}, page},
		{[]string{"--peer", "/no/such/python"}, `no Python at /no/such/python`},
		{[]string{"--checkpoint", "/no/such/folder"}, `/no/such/folder`},
		{[]string{"--job", "{"}, `this is no job`},
		{[]string{"--job", `{"kind": "load", "method": "head", "rows": [3], "device": "cpu", "dtype": "float32", "checkpoint": "` + cut + `"}`}, `it is cut short`},
		{[]string{"--job", `{"kind": "generate", "rows": [3], "new_tokens": 1, "device": "cpu", "dtype": "float32", "checkpoint": "` + cut + `"}`}, `it is cut short`},
		{[]string{"--job", `{"kind": "fly", "device": "cpu", "dtype": "float32"}`}, `no job of kind "fly"`},
		{[]string{"extra"}, `unexpected "extra"`},
	} {
		stdout, stderr, status := invoke(t, append([]string{"bench"}, test.args...)...)
		said := strings.TrimSpace(stderr)
		if status != 1 || stdout != "" || strings.Contains(said, "\n") || !strings.Contains(said, test.want) {
			t.Errorf("%v: status %d, said %q, want %q", test.args, status, said, test.want)
		}
	}
}

// A process that a bench starts answers with one line.
func TestBenchJob(t *testing.T) {
	job := `{"kind": "train", "method": "prefix", "prompt_length": 2, "rows": [3, 4], "batch": 2, "device": "cpu", "dtype": "float32", "checkpoint": "../../testdata/xglm/gelu"}`
	stdout := mustXPT(t, "bench", "--job", job)
	if strings.Count(stdout, "\n") != 1 || !strings.Contains(stdout, `"peak_bytes":`) {
		t.Errorf("printed %q", stdout)
	}
}
