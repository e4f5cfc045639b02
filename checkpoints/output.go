package checkpoints

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"xpt/internal/usererror"
)

// CheckOutput refuses a path that a command should not write a file to: a
// folder, a device or a pipe, a link to nothing, a file that is protected
// against writing, what lies in a folder that is, and one of the inputs, by
// whatever name or link. Inputs that are empty or not there are passed over. It
// returns whether a file is there.
func CheckOutput(path string, inputs ...string) (exists bool, err error) {
	target, old, err := destination(path)
	if err != nil {
		return false, err
	}
	if err := probe(filepath.Dir(target)); err != nil || old == nil {
		return old != nil, err
	}
	if old.Mode().Perm()&0o222 == 0 {
		return true, usererror.Errorf("%s is protected against writing: name another file", path)
	}
	for _, input := range inputs {
		if info, err := os.Stat(input); err == nil && os.SameFile(info, old) {
			return true, usererror.Errorf("%s is a file that this command reads: name another to write to", path)
		}
	}
	return true, nil
}

// CheckFolder refuses a folder that a command is to write files to, and cannot:
// there is something else, or it may not be written to or made. It leaves
// everything as it was.
func CheckFolder(path string) error {
	undo, err := MakeFolder(path)
	if err != nil {
		return err
	}
	defer undo()
	return probe(path)
}

// CheckOutside refuses a new folder inside the folder that it is made of, by
// whatever links: what is read next would be other than what was.
func CheckOutside(source, target string) error {
	if !isFolder(source) {
		return nil
	}
	source, err := filepath.EvalSymlinks(source)
	if err != nil {
		return err
	}
	if source, err = filepath.Abs(source); err != nil {
		return err
	}
	at, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	for ; ; at = filepath.Dir(at) { // up from the target, as far as there is something
		real, err := filepath.EvalSymlinks(at)
		if errors.Is(err, fs.ErrNotExist) && at != filepath.Dir(at) {
			continue
		}
		if err != nil {
			return err
		}
		if below, err := filepath.Rel(source, real); err == nil && filepath.IsLocal(below) {
			return usererror.Errorf("%s lies in %s, which it is made of: name a folder beside it", target, source)
		}
		return nil
	}
}

// probe makes a file in a folder, and removes it.
func probe(folder string) error {
	f, err := os.CreateTemp(folder, ".probe.*")
	if err != nil {
		return fmt.Errorf("%s cannot be written to: %w", folder, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// destination is where a file that is written to path comes to lie, and the
// file that it replaces, nil where there is none. What is no regular file is
// refused.
func destination(path string) (target string, old fs.FileInfo, err error) {
	switch path {
	case "":
		return "", nil, usererror.New("a file to write to has no name")
	case "-":
		return "", nil, usererror.New("- is standard output, where no file can be written whole: name a file, or ./- for one of that name")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(path); err == nil {
			return "", nil, usererror.Errorf("%s is a link to nothing: remove it, or name another file", path)
		}
		if folder := filepath.Dir(path); !isFolder(folder) {
			return "", nil, usererror.Errorf("%s cannot be written: there is no folder %s", path, folder)
		}
		return path, nil, nil
	case err != nil:
		return "", nil, err
	case info.IsDir():
		return "", nil, usererror.Errorf("%s is a folder: name a file to write to", path)
	case !info.Mode().IsRegular():
		return "", nil, usererror.Errorf("%s is a device or a pipe: name a file to write to", path)
	}
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", nil, err
	}
	return target, info, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
