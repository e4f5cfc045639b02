// Package profile measures the time that the operations of libtorch take.
package profile

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"xpt/internal/torcherror"

	_ "github.com/sugarme/gotch/libtch" // has the C++
)

// OpTime is the time of one operation in a profile.
type OpTime struct {
	Name     string  `json:"op"`       // libtorch's: aten::mm, or xpt::... of the operations that xpt adds
	Backward bool    `json:"backward"` // while gradients were computed
	Count    int     `json:"count"`
	Seconds  float64 `json:"seconds"` // without the operations that it calls
}

// Run calls fn and returns the time of each operation on fn's thread. It locks the
// goroutine to its thread. fn must not call Run. On a GPU the times are those of
// the kernel launches.
func Run(fn func() error) (ops []OpTime, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer torcherror.Catch(&err)
	torcherror.CheckC("profile", unsafe.Pointer(C.xpt_profile_start()))
	stopped := false
	stop := func() string {
		stopped = true
		text := C.xpt_profile_stop()
		defer C.free(unsafe.Pointer(text))
		return C.GoString(text)
	}
	defer func() {
		if !stopped { // fn panicked
			stop()
		}
	}()
	err = fn()
	ops, parsed := parseOps(stop())
	return ops, errors.Join(err, parsed)
}

func parseOps(text string) (ops []OpTime, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			return nil, errors.New("profile: no operation: " + line)
		}
		count, countErr := strconv.Atoi(fields[2])
		nanoseconds, timeErr := strconv.ParseInt(fields[3], 10, 64)
		if err := errors.Join(countErr, timeErr); err != nil {
			return nil, err
		}
		ops = append(ops, OpTime{Name: fields[0], Backward: fields[1] == "1", Count: count, Seconds: float64(nanoseconds) / 1e9})
	}
	return ops, nil
}
