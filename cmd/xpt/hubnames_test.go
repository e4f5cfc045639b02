package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A checkpoint's name on the hub is found in the cache without a network; one that is not there is told in a line.
func TestHubNames(t *testing.T) {
	t.Chdir(t.TempDir())
	home := t.TempDir()
	t.Setenv("HF_HOME", home)
	t.Setenv("HF_HUB_CACHE", "")
	t.Setenv("HF_HUB_OFFLINE", "1")
	const commit = "0123456789abcdef0123456789abcdef01234567"
	repo := filepath.Join(home, "hub/models--org--mini")
	writeFile(t, filepath.Join(repo, "refs"), "main", commit)
	if err := os.CopyFS(filepath.Join(repo, "snapshots", commit), os.DirFS(filepath.Join(repoRoot, "testdata/mini/checkpoint"))); err != nil {
		t.Fatal(err)
	}
	texts := writeFile(t, t.TempDir(), "texts.txt", "the cat\n")
	for _, args := range [][]string{
		{"inspect", "org/mini"},
		{"convert", "org/mini", "converted"},
		{"tokenize", "--tokenizer", "org/mini", texts},
		{"score", "--checkpoint", "org/mini", "--text", texts},
	} {
		mustXPT(t, args...)
	}
	for _, args := range [][]string{{"inspect", "org/other"}, {"score", "--checkpoint", "org/other", "--text", texts}, {"eval", "run", "--data", ".", "--checkpoint=org/other"}} {
		if _, stderr, status := invoke(t, args...); status != userError || !strings.HasPrefix(stderr, "xpt: no folder of that name is here: org/other (revision main) is not in the cache ") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d: %s", args, status, stderr)
		}
	}
	if err := os.MkdirAll("org/other", 0o777); err != nil { // a folder of that name wins
		t.Fatal(err)
	}
	if _, stderr, _ := invoke(t, "score", "--checkpoint", "org/other", "--text", texts); !strings.HasPrefix(stderr, "xpt: org/other: no config.json there") {
		t.Errorf("a folder: %s", stderr)
	}
}
