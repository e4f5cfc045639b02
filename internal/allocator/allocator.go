// Package allocator replaces libtorch's CPU allocator for the whole process when
// it is imported. Batches of texts vary in size, which fragments malloc's heap: it
// holds two to four times the memory in use.
package allocator

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
import "C"

import _ "github.com/sugarme/gotch/libtch" // has the C++

func init() { C.xpt_use_allocator() }
