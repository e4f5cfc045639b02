package checkpoints

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"xpt/internal/usererror"
)

// MakeFolder makes a folder and its parents. undo removes the new ones that are empty.
func MakeFolder(path string) (undo func(), err error) {
	var made []string // the innermost first
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		made = append(made, at)
	}
	undo = func() {
		for _, folder := range made {
			os.Remove(folder)
		}
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		undo()
		if _, there := os.Stat(path); errors.Is(there, fs.ErrNotExist) && errors.Is(err, fs.ErrExist) {
			return nil, usererror.Errorf("%s is a link to nothing: remove it, or name another folder", path)
		}
		return nil, err
	}
	return undo, nil
}

// ConfigFolder returns the folder of a checkpoint's config.json: the folder itself, or that of the file.
func ConfigFolder(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}
