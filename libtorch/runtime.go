package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"xpt/internal/torcherror"
)

// Version returns libtorch's version, such as "2.15.0".
func Version() string { return C.GoString(C.xpt_torch_version()) }

// AtLeast tells whether libtorch is of a release or a newer one.
func AtLeast(major, minor int) bool { return atLeast(Version(), major, minor) }

func atLeast(version string, major, minor int) bool {
	var at, of int
	fmt.Sscanf(version, "%d.%d", &at, &of)
	return at > major || at == major && of >= minor
}

// SetThreads sets how many threads an operation uses; 0 means one per core
// that the process may use, which not every libtorch does by itself.
func SetThreads(n int) (err error) {
	defer torcherror.Catch(&err)
	if n == 0 {
		n = runtime.NumCPU()
	}
	checkC("threads", C.xpt_set_threads(C.int(n)))
	threads.Store(int64(n))
	return nil
}

// threads is the number that was set, 0 for libtorch's own.
var threads atomic.Int64

// inheritThreads gives the calling OS thread the number that was set: OpenMP
// keeps one for each.
func inheritThreads() {
	if n := int(threads.Load()); n != 0 && n != Threads() {
		checkC("threads", C.xpt_set_threads(C.int(n)))
	}
}

// Threads returns how many threads an operation uses.
func Threads() int { return int(C.xpt_threads()) }

// ManualSeed sets libtorch's own generators, which dropout draws from.
func ManualSeed(seed int64) (err error) {
	defer torcherror.Catch(&err)
	seeGPUs()
	checkC("seed", C.xpt_seed(C.int64_t(seed)))
	return nil
}
