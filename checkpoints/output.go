package checkpoints

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"xpt/internal/usererror"
)

// CheckOutput refuses a path for an output file: a folder, a device or a pipe, a broken link, a read-only file or a file in a
// read-only folder, and the inputs, under any name or link. Empty or missing inputs are ignored. It returns whether the file
// exists.
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

// CheckFolder refuses a path for an output folder: a file, or a folder that cannot be made or written to. It leaves nothing
// behind.
func CheckFolder(path string) error {
	undo, err := MakeFolder(path)
	if err != nil {
		return err
	}
	defer undo()
	return probe(path)
}

// CheckOutside refuses a target inside the source folder, through any links: it would change the source.
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
	for ; ; at = filepath.Dir(at) { // up to the first existing folder
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

// probe makes and removes a file in a folder.
func probe(folder string) error {
	f, err := os.CreateTemp(folder, ".probe.*")
	if err != nil {
		return fmt.Errorf("%s cannot be written to: %w", folder, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// destination resolves the links of path and returns the regular file there, nil if none exists. It refuses other files.
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
