package checkpoints

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteFolder takes over what a killed process left, and leaves alone what
// another is writing.
func TestWriteFolder(t *testing.T) {
	parent := t.TempDir()
	target, partial := filepath.Join(parent, "out"), filepath.Join(parent, ".out.partial")
	os.Mkdir(partial, 0o755)
	os.WriteFile(filepath.Join(partial, "left by a killed process"), nil, 0o644)
	err := writeFolder(target, func(folder string) error {
		second := writeFolder(target, func(string) error { return nil })
		if second == nil || !strings.Contains(second.Error(), "another process is writing") {
			t.Errorf("a second writer: %v", second)
		}
		return WriteFile(filepath.Join(folder, "new"), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(target); len(entries) != 1 || entries[0].Name() != "new" {
		t.Errorf("the folder holds %v", entries)
	}
	failed := errors.New("failed")
	if err := writeFolder(filepath.Join(parent, "b"), func(string) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
}
