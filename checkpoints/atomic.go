package checkpoints

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// writeAtomic writes a file whole or not at all: to a temporary file beside
// it, synced, then renamed.
func writeAtomic(path string, write func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
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
		return err
	}
	if err := f.Chmod(0o644); err != nil {
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

// WriteFile writes data to path whole or not at all.
func WriteFile(path string, data []byte) error {
	return writeAtomic(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// syncDir makes a rename in a folder last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// writeFolder makes a folder whole or not at all. It is written under a hidden
// name beside target, locked against other processes; what a killed one left
// there is removed first.
func writeFolder(target string, write func(folder string) error) error {
	target = filepath.Clean(target)
	if entries, err := os.ReadDir(target); err == nil && len(entries) == 0 {
		if err := os.Remove(target); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists: remove it or choose another name", target)
	}
	partial := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+".partial")
	unlock, err := takeFolder(partial)
	if err != nil {
		return err
	}
	defer unlock()
	err = write(partial)
	if err == nil {
		err = syncDir(partial)
	}
	if err == nil {
		err = os.Rename(partial, target)
	}
	if err != nil {
		os.RemoveAll(partial)
		return err
	}
	return syncDir(filepath.Dir(target))
}

// takeFolder makes an empty folder that no other process takes until unlock is
// called or this process ends.
func takeFolder(path string) (unlock func(), err error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	folder, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	taken := errors.New("another process is writing there")
	if syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		taken = clearFolder(folder, path)
	}
	if taken != nil {
		folder.Close()
		return nil, fmt.Errorf("%s: %w", path, taken)
	}
	return func() { folder.Close() }, nil
}

// clearFolder empties a locked folder, unless its owner has just renamed it.
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
