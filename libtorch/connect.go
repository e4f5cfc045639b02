package libtorch

// #cgo CFLAGS: -I${SRCDIR}/../internal/native
// #include "shim.h"
// char *xptRecompute(uint64_t id, xpt_tensor grad, xpt_tensor *inputs, xpt_tensor *grads, int n);
// void xptForget(uint64_t id);
// char *xptGradient(uint64_t id, int index);
import "C"

import (
	_ "xpt/internal/autotune" // names the file of the choices
	"xpt/internal/kernels"
)

// The C++ side lies in the fitted copy of gotch, which must link without the
// kernels and without this package: it gets their addresses.
func init() {
	C.xpt_connect(kernels.Table(), C.xpt_recompute_function(C.xptRecompute), C.xpt_forget_function(C.xptForget), C.xpt_gradient_function(C.xptGradient))
}
