// Package sigbus explains the SIGBUS that the system sends when a memory-mapped
// file gets shorter, or its disk fails, while it is read. The fault may occur
// within libtorch, where Go cannot turn it into a panic. The process ends with
// one line and exit status 2 instead of Go's crash report. All other faults are
// left to Go's handler.
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

// Watch explains a fault in data, a mapping of the file at path. Call stop before
// data is unmapped.
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

// Explain explains err of a system call that read mapped memory. Such a call
// fails with EFAULT instead of raising SIGBUS. If a watched file got shorter, the
// error that Explain returns names it.
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
	return fmt.Errorf("%s got shorter while it was read: "+
		"put the whole file back and run the command again; what was saved before stays", path)
}
