package checkpoints

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"xpt/internal/sigbus"
	"xpt/internal/usererror"
)

// writeAtomic writes a file atomically: to a temporary file beside it, synced, then renamed. A replaced file keeps its
// permissions; a link is followed; other than regular files are refused.
func writeAtomic(path string, write func(*os.File) error) (err error) {
	path, old, err := destination(path)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if old != nil {
		mode = old.Mode().Perm()
	}
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".")
	defer func() { // errors name path, not the temporary file
		if at := new(fs.PathError); errors.As(err, &at) && strings.HasPrefix(filepath.Clean(at.Path), temporary) {
			at.Path = path
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(temporary)+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return sigbus.Explain(err) // the data may be mapped from another file
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// WriteFile writes data to path atomically.
func WriteFile(path string, data []byte) error {
	return writeAtomic(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// syncDir makes a rename in a folder durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// writeFolder makes a folder atomically: under a hidden name beside target, locked against other processes, then renamed.
// It first removes the remains of a killed process.
func writeFolder(target string, write func(folder string) error) error {
	target = filepath.Clean(target)
	if err := vacant(target); err != nil {
		return err
	}
	partial := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+".partial")
	undo, err := MakeFolder(filepath.Dir(target))
	if err != nil {
		return err
	}
	unlock, err := lockFolder(partial)
	if err != nil {
		undo()
		return err
	}
	defer unlock()
	err = write(partial)
	if err == nil {
		err = syncDir(partial)
	}
	if err == nil {
		os.Remove(target) // empty, or missing
		err = os.Rename(partial, target)
	}
	if err != nil {
		os.RemoveAll(partial)
		undo()
		return err
	}
	return syncDir(filepath.Dir(target))
}

// vacant refuses an existing path, except an empty folder.
func vacant(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(path); !info.IsDir() || err != nil || len(entries) > 0 {
		return usererror.Errorf("%s exists: remove it or choose another name", path)
	}
	if path == "." || path == ".." || path == "/" {
		return usererror.Errorf("%s cannot be replaced: name a new folder", path)
	}
	return nil
}

// lockFolder makes an empty folder and locks it until unlock is called or this process ends.
func lockFolder(path string) (unlock func(), err error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	folder, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	err = errors.New("another process is writing there")
	if syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		err = clearFolder(folder, path)
	}
	if err != nil {
		folder.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return func() { folder.Close() }, nil
}

// clearFolder empties a locked folder, unless the previous owner has just renamed it.
func clearFolder(folder *os.File, path string) error {
	locked, err := folder.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(locked, now) {
		return errors.New("another process has just finished writing there")
	}
	entries, err := folder.Readdirnames(-1)
	for _, name := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, name)))
	}
	return err
}
