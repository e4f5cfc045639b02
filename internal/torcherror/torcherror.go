// Package torcherror makes Go errors of libtorch's failures. Inside a scope of
// package libtorch they travel as panics, up to the function that opened it.
package torcherror

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// Error is an operation that could not be computed.
type Error struct {
	Op      string // the operation, such as "matmul"
	Message string // the first line of libtorch's message
}

func (e *Error) Error() string { return fmt.Sprintf("libtorch: %s: %s", e.Op, e.Message) }

// Check panics with an [*Error] when an operation failed. libtorch's messages
// carry a backtrace of kilobytes: only the first line says something.
func Check(op string, err error) {
	if err != nil {
		panic(&Error{op, firstLine(err.Error())})
	}
}

// CheckC is [Check] for a malloc'd message of C, which it frees, or nil.
func CheckC(op string, message unsafe.Pointer) {
	if message != nil {
		defer C.free(message)
		panic(&Error{op, firstLine(C.GoString((*C.char)(message)))})
	}
}

// Of is the error of a malloc'd message of C, which it frees; nil for nil.
func Of(op string, message unsafe.Pointer) (err error) {
	defer Catch(&err)
	CheckC(op, message)
	return nil
}

func firstLine(message string) string {
	if _, rest, ok := strings.Cut(message, "Libtorch API Error: "); ok {
		message = rest
	}
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return ofMemory(line)
}

// Catch, deferred, turns a panicking [*Error] into *err; any other panic goes on.
func Catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}
