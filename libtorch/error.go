package libtorch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"xpt/internal/torcherror"
)

// Error is a failure inside libtorch: the operation Op could not be computed, and
// Message is the first line of what libtorch says. Run and NoGrad return it.
type Error = torcherror.Error

func check(op string, err error) { torcherror.Check(op, err) }

func checkC(op string, message *C.char) { torcherror.CheckC(op, unsafe.Pointer(message)) }
