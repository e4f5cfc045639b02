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
	"sync"
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
