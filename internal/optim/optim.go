// Package optim holds the optimizers: each updates a parameter in place, with
// float32 state.
package optim

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"

	"github.com/sugarme/gotch/ts"

	"xpt/internal/torcherror"
	"xpt/libtorch"
)

// GradNorm returns the 2-norm over all gradients of params, of which there is
// at least one, and the factor that torch.nn.utils.clip_grad_norm_ scales them
// by: max/(norm + 1e-6) where that is below 1 and max positive, else 1; NaN where
// the norm is not finite. Both are float32 scalars on the device, which is not waited for; the gradients stay as
// they are, see [AdamW].
func GradNorm(s *libtorch.Scope, params []*libtorch.Tensor, max float64) (norm, clip *libtorch.Tensor) {
	ptrs := make([]C.xpt_tensor, len(params))
	for i, p := range params {
		ptrs[i] = c(p)
	}
	var n, f C.xpt_tensor
	checkC("grad_norm", C.xpt_grad_norm(unsafe.SliceData(ptrs), C.int(len(params)), C.double(max), &n, &f))
	return s.FromGotch(ts.FromCtensor(unsafe.Pointer(n))), s.FromGotch(ts.FromCtensor(unsafe.Pointer(f)))
}

// AdamW is a decoupled-weight-decay Adam (Loshchilov & Hutter, arXiv
// 1711.05101), with torch.optim.AdamW's arithmetic.
type AdamW struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
}

// Moving is a parameter with its moments.
type Moving struct {
	Param, ExpAvg, ExpAvgSq *libtorch.Tensor
	// Seen is nil, or belongs to a Param [rows, d] that [libtorch.Scope.Embedding]
	// looks rows up in: it marks those that ever had a gradient, which Step adds to.
	// The others' moments are zero and are left alone, see [UntouchedZeros].
	Seen []byte
}

// Fuses tells on which devices libtorch's kernel for many parameters at a time
// does the updates: one launch moves what fits its arguments, some 30 parameters.
// Tests change it.
var Fuses = libtorch.Device.IsCUDA

// Step updates parameters of one device in place from clip times their
// gradients. clip is a float32 scalar there; a fused update is left out where it
// is NaN. step counts from 1. A parameter without a gradient stays as it is.
func (a AdamW) Step(params []Moving, clip *libtorch.Tensor, step int) {
	if len(params) == 0 {
		return
	}
	var p, m, v []C.xpt_tensor
	var seen []*C.uint8_t
	var pinned runtime.Pinner
	defer pinned.Unpin()
	for _, x := range params {
		p, m, v = append(p, c(x.Param)), append(m, c(x.ExpAvg)), append(v, c(x.ExpAvgSq))
		marks := (*C.uint8_t)(unsafe.SliceData(x.Seen))
		if x.Seen != nil {
			pinned.Pin(marks)
		}
		seen = append(seen, marks)
	}
	fused := C.int(0)
	if Fuses(params[0].Param.Device()) {
		fused = 1
	}
	checkC("adamw", C.xpt_adamw(&p[0], &m[0], &v[0], &seen[0], C.int(len(p)), c(clip), C.double(a.LR), C.double(a.Beta1), C.double(a.Beta2),
		C.double(a.Eps), C.double(a.WeightDecay), C.int64_t(step), fused))
}

// UntouchedZeros makes float32 zeros in the CPU's memory, which take room where
// they are written to only: for tables of which few rows are used.
func UntouchedZeros(s *libtorch.Scope, shape ...int) *libtorch.Tensor {
	dims := make([]C.int64_t, len(shape))
	for i, n := range shape {
		dims[i] = C.int64_t(n)
	}
	var out C.xpt_tensor
	checkC("zeros", C.xpt_untouched_zeros(unsafe.SliceData(dims), C.int(len(dims)), &out))
	return s.FromGotch(ts.FromCtensor(unsafe.Pointer(out)))
}

// Adafactor is torch.optim.Adafactor's rule (Shazeer & Stern, arXiv 1804.04235)
// with beta2 decay -0.8 and clipping 1.
type Adafactor struct {
	LR, WeightDecay float64
}

// Step updates p in place from clip times its gradient, as [AdamW.Step] does
// where it is not fused.
// state is [rows, 1] and [1, columns] of a matrix, otherwise one tensor of p's
// shape.
func (a Adafactor) Step(p *libtorch.Tensor, state []*libtorch.Tensor, clip *libtorch.Tensor, step int) {
	var column C.xpt_tensor
	if len(state) == 2 {
		column = c(state[1])
	}
	checkC("adafactor", C.xpt_adafactor(c(p), c(state[0]), column, c(clip), C.double(a.LR), C.double(a.WeightDecay), C.int64_t(step)))
}

func c(t *libtorch.Tensor) C.xpt_tensor { return C.xpt_tensor(t.Gotch().Ctensor()) }

func checkC(op string, message *C.char) { torcherror.CheckC(op, unsafe.Pointer(message)) }
