// Package allocator is an allocator of the CPU's memory for tensors. Batches of
// texts vary in size, and varying sizes fragment malloc's heap: it holds twice to
// four times what is in use. A program chooses it for the whole process, with an
// import for its effect.
package allocator

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
import "C"

import _ "github.com/sugarme/gotch/libtch" // has the C++

func init() { C.xpt_use_allocator() }
