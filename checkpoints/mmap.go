package checkpoints

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"unsafe"

	"xpt/internal/regular"
	"xpt/internal/sigbus"
)

// mapping is a whole file mapped read-only. If the file is truncated, access to the missing part ends the process (see package
// sigbus).
type mapping struct {
	path    string
	data    []byte
	info    fs.FileInfo // when mapped
	unwatch func()
}

func mapFile(path string) (*mapping, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 { // mmap refuses length 0
		return &mapping{path: path, info: info}, nil
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("%s: map: %w", path, err)
	}
	return &mapping{path: path, data: data, info: info, unwatch: sigbus.Watch(data, path)}, nil
}

// unchanged returns an error if the file was truncated: the missing part of its last page reads as zeros.
func (m *mapping) unchanged() error {
	if now, err := os.Stat(m.path); err == nil && os.SameFile(now, m.info) && now.Size() < m.info.Size() {
		return sigbus.Shrunk(m.path)
	}
	return nil
}

func (m *mapping) close() error {
	if m.data == nil {
		return nil
	}
	data := m.data
	m.data = nil
	m.unwatch()
	return errors.Join(m.unchanged(), syscall.Munmap(data))
}

// release drops the pages of a part of the mapping from this process's memory; they stay in the page cache. Errors are ignored:
// they only cost memory.
func (m *mapping) release(part []byte) {
	if m == nil || len(part) == 0 {
		return
	}
	begin := int(uintptr(unsafe.Pointer(&part[0])) - uintptr(unsafe.Pointer(&m.data[0])))
	end := min(begin+len(part)+faultAround, len(m.data))
	begin = max(begin-faultAround, 0)
	begin -= begin % syscall.Getpagesize()
	_ = syscall.Madvise(m.data[begin:end], syscall.MADV_DONTNEED)
}

// faultAround exceeds what the kernel maps around a touched page (64 KiB by default), which would add up over many tensors.
const faultAround = 1 << 20
