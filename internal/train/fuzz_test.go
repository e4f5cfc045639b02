package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzReadRecord reads the records of runs that others may have written.
func FuzzReadRecord(f *testing.F) {
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, recordFile)
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := ReadRecord(dir)
		if err != nil {
			if !strings.HasPrefix(err.Error(), path) {
				t.Fatalf("error %q does not name the file", err)
			}
			return
		}
		if _, err := Resolve(r.Options); err == nil && (r.Options.Task == "" || r.Options.Method == "") {
			t.Fatalf("options %+v are taken", r.Options)
		}
	})
}
