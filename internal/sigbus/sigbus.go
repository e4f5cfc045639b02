// Package sigbus tells of a mapped file that got shorter, or whose disk failed,
// while it was read. The system sends SIGBUS then, wherever the memory was
// touched: also deep in libtorch, where no panic of Go's could be caught. The
// process ends with one line and exit status 2, instead of Go's report of a
// crash. All other faults are Go's as before.
package sigbus

// #include "sigbus.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"unsafe"
)

var mu sync.Mutex

// Watch has a fault in data, a mapping of the file at path, told so. stop is to
// be called before data is unmapped.
func Watch(data []byte, path string) (stop func()) {
	if len(data) == 0 {
		return func() {}
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	mu.Lock()
	defer mu.Unlock()
	entry := C.xpt_watch(unsafe.Pointer(&data[0]), C.size_t(len(data)), name)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if entry >= 0 {
			C.xpt_unwatch(entry)
			entry = -1
		}
	}
}

// Explain returns the error of a system call that was given mapped memory,
// which fails with EFAULT where it would fault: of a watched file that got
// shorter it says so.
func Explain(err error) error {
	if !errors.Is(err, syscall.EFAULT) {
		return err
	}
	mu.Lock()
	path := C.xpt_shrunk()
	mu.Unlock()
	if path == nil {
		return err
	}
	defer C.free(unsafe.Pointer(path))
	return Shrunk(C.GoString(path))
}

// Shrunk returns the error of a file that got shorter, in the words of a fault.
func Shrunk(path string) error {
	return fmt.Errorf("%s got shorter while it was read: put the whole file back and run the command again; what was saved before stays", path)
}
