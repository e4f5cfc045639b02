package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/heads"
)

// FuzzReadFile holds that what is wrong in a study file is said in one line
// with the file's name, and that what is taken has settings for its cells.
func FuzzReadFile(f *testing.F) {
	for _, name := range []string{"mini.yaml", "paper.yaml"} {
		text, err := os.ReadFile(filepath.Join("../../testdata/study", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "study.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		file, err := ReadFile(path)
		if err != nil {
			if !strings.HasPrefix(err.Error(), path) {
				t.Fatalf("error %q does not name the file", err)
			}
			return
		}
		for _, task := range file.Tasks {
			for _, method := range file.Methods {
				if method == Likelihood {
					continue
				}
				if _, err := file.options(Cell{Task: task, Method: method, Pool: string(heads.Last)}); err != nil && !strings.HasPrefix(err.Error(), path) {
					t.Fatalf("error %q does not name the file", err)
				}
			}
		}
	})
}

// FuzzOutcome reads results that another machine may have written.
func FuzzOutcome(f *testing.F) {
	path := filepath.Join(f.TempDir(), "cell.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := read[Outcome](path); err == nil && !ok || err != nil && !strings.HasPrefix(err.Error(), path) {
			t.Fatalf("%v, error %v", ok, err)
		}
	})
}
