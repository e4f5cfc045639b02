package fit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A go.work that the set-up wrote is written anew; of one that somebody else wrote the rest stays.
func TestUse(t *testing.T) {
	dir := t.TempDir()
	m := target{folder: dir, work: filepath.Join(dir, "go.work")}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module m\n\ngo 1.26\n")
	for _, c := range []struct{ old, want string }{
		{"", header + "\ngo 1.26\n\nuse .\n\nreplace github.com/sugarme/gotch v0.9.1 => \"/c/gotch\"\n"},
		{header + "\ngo 1.25\n", header + "\ngo 1.26\n\nuse .\n\nreplace github.com/sugarme/gotch v0.9.1 => \"/c/gotch\"\n"},
		{"go 1.26\n\n// Ours.\nuse ./a\n", "go 1.26\n\n// Ours.\nuse ./a\n\nreplace github.com/sugarme/gotch v0.9.1 => /c/gotch\n"},
		{"go 1.26\n\nuse .\n\nreplace github.com/sugarme/gotch v0.9.1 => /c/old\n", "go 1.26\n\nuse .\n\nreplace github.com/sugarme/gotch v0.9.1 => /c/gotch\n"},
	} {
		write("go.work", c.old)
		if err := m.use("v0.9.1", "/c/gotch"); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(m.work); err != nil || string(got) != c.want {
			t.Errorf("%q becomes\n%s\nwant\n%s", c.old, got, c.want)
		}
	}
}

// The C++ comes from xpt's source into one unit of the copy, and what is no source is refused.
func TestNative(t *testing.T) {
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := readNative(source)
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	unit := filepath.Join(copied, "libtch", "torch_api.cpp")
	if err := os.Mkdir(filepath.Dir(unit), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, []byte("int a;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := files.addTo(copied); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(unit); string(text) != "int a;\n\n#include \"xpt/internal/native/shim.cpp\"\n" {
		t.Errorf("the unit is %q", text)
	}
	for name, text := range files {
		if got, err := os.ReadFile(filepath.Join(copied, "libtch", "xpt", name)); err != nil || string(got) != text {
			t.Errorf("%s: %v", name, err)
		}
		for line := range strings.Lines(text) { // what one includes is there
			if included, ok := strings.CutPrefix(line, `#include "`); ok {
				included = filepath.Join(filepath.Dir(name), strings.TrimSuffix(included, "\"\n"))
				if files[included] == "" {
					t.Errorf("%s includes %s, which is left out", name, included)
				}
			}
		}
	}
	if _, err := readNative(t.TempDir()); err == nil {
		t.Error("a folder without xpt's source is taken")
	}
}
