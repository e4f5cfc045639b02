package checkpoints

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// outputs is a folder with what an output must not replace.
func outputs(t *testing.T) (at func(name string) string) {
	t.Helper()
	dir := t.TempDir()
	at = func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"in/file": "text", "ids.jsonl": "ids", "own": "old"} {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": "ids.jsonl", "nothing": "nowhere", "link-to-own": "own"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"hard": "ids.jsonl"} {
		if err := os.Link(at(to), at(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("protected"), nil, 0o444); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestCheckOutput(t *testing.T) {
	at := outputs(t)
	for name, want := range map[string]string{
		"new": "", "own": "", "link-to-own": "",
		"":          "has no name",
		"-":         "- is standard output",
		"in":        "is a folder",
		"ids.jsonl": "this command reads",
		"link":      "this command reads",
		"hard":      "this command reads",
		"nothing":   "is a link to nothing",
		"pipe":      "is a device or a pipe",
		"/dev/null": "is a device or a pipe",
		"none/new":  "there is no folder",
		"protected": "is protected",
		"own/new":   "not a directory",
	} {
		path := name
		if name != "" && name != "-" && name[0] != '/' {
			path = at(name)
		}
		exists, err := CheckOutput(path, "", at("none"), at("ids.jsonl"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || err == nil && exists != (name != "new") {
			t.Errorf("%q: %v, %v, want %q", name, exists, err, want)
		}
	}
}

// A device stays one, a link too, and a file keeps its permissions.
func TestWriteFileReplacesFilesOnly(t *testing.T) {
	at := outputs(t)
	for _, name := range []string{"pipe", "nothing", "in"} {
		before, err := os.Lstat(at(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(at(name), []byte("new")); err == nil {
			t.Errorf("%s is replaced", name)
		}
		if after, err := os.Lstat(at(name)); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s is %v, and was %v", name, after.Mode(), before.Mode())
		}
	}
	if err := os.Chmod(at("own"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(at("link-to-own"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(at("link-to-own")); err != nil || to != "own" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	info, err := os.Stat(at("own"))
	if text, _ := os.ReadFile(at("own")); err != nil || string(text) != "new" || info.Mode().Perm() != 0o600 {
		t.Errorf("the file holds %q and is %v, %v", text, info.Mode(), err)
	}
	var wrong *fs.PathError
	err = writeAtomic(at("own"), func(f *os.File) error { return errors.Join(f.Close(), f.Sync()) })
	if !errors.As(err, &wrong) || wrong.Path != at("own") {
		t.Errorf("a failed write is told as %v", err)
	}
	if err := WriteFile("", nil); err == nil || !strings.Contains(err.Error(), "has no name") {
		t.Errorf("error %v", err)
	}
}

// What a failure made goes, and what was there before stays.
func TestFailuresLeaveNoFolders(t *testing.T) {
	at := outputs(t)
	failure := func(string) error { return os.ErrInvalid }
	if err := writeFolder(at("in/new/deep/target"), failure); err == nil {
		t.Fatal("no error")
	}
	if err := os.Mkdir(at("given"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeFolder(at("given"), failure); err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Stat(at("given")); err != nil {
		t.Errorf("an empty folder that was given: %v", err)
	}
	if entries, err := os.ReadDir(at("in")); err != nil || len(entries) != 1 {
		t.Errorf("left %v, %v", entries, err)
	}
	if err := writeFolder(at("link"), failure); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a link: error %v", err)
	}
}

// A pipe given as weights is refused, and does not wait for its other end.
func TestAPipeIsNoCheckpoint(t *testing.T) {
	at := outputs(t)
	if _, err := OpenFile(at("pipe")); err == nil || !strings.Contains(err.Error(), "is a pipe") {
		t.Errorf("error %v", err)
	}
}

// A folder is not made inside the one that it is made of, whatever leads there.
func TestCheckOutside(t *testing.T) {
	at := outputs(t)
	for link, to := range map[string]string{"in/sub": "", "to-in": "in", "to-sub": "in/sub"} {
		if to == "" {
			if err := os.Mkdir(at(link), 0o777); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	for pair, inside := range map[[2]string]bool{
		{"in", "in/new"}: true, {"in", "in/new/deep"}: true, {"in", "in"}: true, {"in", "in/sub/new"}: true, {"to-in", "in/new"}: true,
		{"in", "to-in/new"}: true, {"in", "to-sub/new"}: true,
		{"in", "new"}: false, {"in", "in-other/new"}: false, {"in/sub", "in/new"}: false, {"own", "new"}: false, {"none", "none/new"}: false, {"in", "..in"}: false,
	} {
		err := CheckOutside(at(pair[0]), at(pair[1]))
		if (err != nil) != inside || err != nil && !strings.Contains(err.Error(), "name a folder beside it") {
			t.Errorf("%v: %v", pair, err)
		}
	}
	t.Chdir(at("in"))
	if err := CheckOutside(".", "new"); err == nil {
		t.Error("a folder inside the working folder")
	}
	if err := CheckOutside(".", "../new"); err != nil {
		t.Error(err)
	}
}

func TestMakeFolderOverALinkToNothing(t *testing.T) {
	at := outputs(t)
	if _, err := MakeFolder(at("nothing")); err == nil || !strings.Contains(err.Error(), "nothing is a link to nothing") {
		t.Errorf("error %v", err)
	}
}
