package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// Error is a failure inside libtorch: an operation that could not be computed.
// Inside a scope it travels as a panic; Run and NoGrad turn it into an error.
type Error struct {
	Op      string // the operation, such as "matmul"
	Message string // the first line of libtorch's message
}

func (e *Error) Error() string { return fmt.Sprintf("libtorch: %s: %s", e.Op, e.Message) }

// check panics with an *Error when an operation failed. libtorch's messages
// carry a backtrace of kilobytes: only the first line says something.
func check(op string, err error) {
	if err != nil {
		panic(&Error{op, firstLine(err.Error())})
	}
}

func firstLine(msg string) string {
	if _, rest, ok := strings.Cut(msg, "Libtorch API Error: "); ok {
		msg = rest
	}
	line, _, _ := strings.Cut(strings.TrimSpace(msg), "\n")
	return line
}

// checkC is check for the shim's malloc'd messages.
func checkC(op string, msg *C.char) {
	if msg != nil {
		defer C.free(unsafe.Pointer(msg))
		panic(&Error{op, firstLine(C.GoString(msg))})
	}
}

// catch turns a panicking *Error into *err; any other panic goes on.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}
