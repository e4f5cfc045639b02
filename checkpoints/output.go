package checkpoints

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"xpt/internal/usererror"
)

// CheckOutput refuses a path that a command should not write a file to: a
// folder, a device or a pipe, a link to nothing, a file that is protected
// against writing, and one of the inputs, by whatever name or link. Inputs that
// are empty or not there are passed over. It returns whether a file is there.
func CheckOutput(path string, inputs ...string) (exists bool, err error) {
	old, err := replaced(path)
	if old == nil || err != nil {
		return false, err
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

// replaced describes the file that writing to path would replace, nil where
// there is none. What is no regular file is refused.
func replaced(path string) (fs.FileInfo, error) {
	if path == "" {
		return nil, usererror.New("a file to write to has no name")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(path); err == nil {
			return nil, usererror.Errorf("%s is a link to nothing: remove it, or name another file", path)
		}
		if folder := filepath.Dir(path); !isFolder(folder) {
			return nil, usererror.Errorf("%s cannot be written: there is no folder %s", path, folder)
		}
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, usererror.Errorf("%s is a folder: name a file to write to", path)
	case !info.Mode().IsRegular():
		return nil, usererror.Errorf("%s is a device or a pipe: name a file to write to", path)
	}
	return info, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
