package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The code of docs/python.md is that of the script that is run against Python's tools.
func TestPythonPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repoRoot, "docs/python.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(repoRoot, "testdata/python/beside.py"))
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile("(?s)```python\n(.*?)```").FindAllSubmatch(page, -1)
	if len(parts) != 4 {
		t.Errorf("%d parts", len(parts))
	}
	for _, part := range parts {
		if !strings.Contains(string(script), string(part[1])) {
			t.Errorf("not in the script:\n%s", part[1])
		}
	}
}
