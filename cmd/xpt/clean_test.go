package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is listed stays until --yes.
func TestCleanLists(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	weights := writeFile(t, filepath.Join(cache, "xpt/bench"), "model.safetensors", strings.Repeat("w", 2000))
	stdout := mustXPT(t, "doctor", "--clean")
	if !strings.Contains(stdout, "2.00 KB  "+filepath.Dir(weights)+": random weights") || !strings.Contains(stdout, "in all; xpt doctor --clean --yes removes them") {
		t.Errorf("%s", stdout)
	}
	if _, err := os.Stat(weights); err != nil {
		t.Error(err)
	}
	if _, stderr, status := invoke(t, "doctor", "--yes"); status != userError || stderr != "xpt: --yes goes with --clean\n" {
		t.Errorf("--yes: status %d: %s", status, stderr)
	}
}
