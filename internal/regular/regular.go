// Package regular opens the files that the user names. Anything but a regular
// file is refused before it is opened: a pipe would wait for its other end, and a
// device such as /dev/zero never ends.
package regular

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"xpt/internal/plaintext"
	"xpt/internal/usererror"
)

// Open opens a regular file, or a link to one, for reading. A folder, a pipe,
// a socket or a device is a [usererror.Error], and so is the file that standard
// output goes to. For a missing or unreadable file Open returns the system's
// error, which names the file too.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, broken(path, err)
	}
	if err := check(path, info.Mode()); err != nil {
		return nil, err
	}
	return notStandardOutput(path, func() (*os.File, error) { return os.Open(path) })
}

func notStandardOutput(path string, open func() (*os.File, error)) (*os.File, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	if err := NotStandardOutput(path, f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ErrStandardOutput is wrapped by the error about an input that standard output goes to.
var ErrStandardOutput = errors.New("is where standard output goes too")

// NotStandardOutput refuses an input file that standard output goes to as well.
// The shell has emptied such a file, or it would be overwritten, or never end.
func NotStandardOutput(name string, f *os.File) error {
	in, err := f.Stat()
	if err != nil {
		return err
	}
	if out, err := os.Stdout.Stat(); err == nil && in.Mode().IsRegular() && os.SameFile(in, out) {
		return usererror.Errorf("%s %w: write to another file", name, ErrStandardOutput)
	}
	return nil
}

// Update opens one of xpt's own files, such as a lock or a log, for reading and
// writing, and makes it if it is missing. Anything there but a regular file is a
// [usererror.Error].
func Update(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usererror.Errorf("%s is %s, and a file belongs there: remove it", path, kind(info.Mode()))
	}
	return notStandardOutput(path, func() (*os.File, error) { return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666) })
}

// Exists tells whether there is something at path. A broken link is an error.
func Exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if err = broken(path, err); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// broken explains why os.Stat failed at path. For a broken link the system only
// reports that nothing is there.
func broken(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if to, linked := os.Readlink(path); linked == nil {
			return usererror.Errorf("%s is a link to %s, which is not there: put that back, or remove the link", path, to)
		}
	}
	if wrong := new(fs.PathError); errors.As(err, &wrong) {
		wrong.Op = "open"
	}
	return err
}

func check(path string, mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeNamedPipe != 0:
		return usererror.Errorf("%s is a pipe: write what it gives to a file, and name that", path)
	}
	return usererror.Errorf("%s is %s: name a file", path, kind(mode))
}

// kind names what is no regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	}
	return "a device or a socket"
}

// ReadFile reads a regular file of at most limit bytes. A larger one is a
// [usererror.Error] and is not read.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tooLarge := usererror.Errorf("%s has more than %d bytes, which no such file has: name another", path, limit)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, tooLarge
	}
	var data bytes.Buffer
	data.Grow(int(info.Size()) + bytes.MinRead) // enough to meet the end without growing
	if _, err := data.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, err
	}
	if int64(data.Len()) > limit { // it grew, or has a size that is not known beforehand, as in /proc
		return nil, tooLarge
	}
	return data.Bytes(), nil
}

// ReadText is ReadFile for a text: without the mark that some editors put
// before UTF-8. UTF-16 is a [usererror.Error].
func ReadText(path string, limit int64) ([]byte, error) {
	data, err := ReadFile(path, limit)
	if err != nil {
		return nil, err
	}
	if data, err = plaintext.Unmarked(data); err != nil {
		return nil, usererror.Errorf("%s: %w", path, err)
	}
	return data, nil
}
