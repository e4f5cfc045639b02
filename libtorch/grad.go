package libtorch

// #include "shim.h"
import "C"

import (
	"math"
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

var negInf = math.Inf(-1)

// NewParameter copies x into a float32 leaf that gradients are computed for.
// It lives until Free.
func NewParameter(x *Tensor) (p *Tensor, err error) {
	err = NoGrad(x.Device(), func(s *Scope) error {
		p = s.Clone(s.To(s.Detach(x), x.Device(), Float32))
		check("requires_grad_", p.h.RequiresGrad_(true))
		p.Keep()
		return nil
	})
	return p, err
}

// GradEnabled says whether gradients are recorded here: inside Run, not NoGrad.
func GradEnabled() bool { return C.xpt_grad_enabled() != 0 }

// Backward adds the gradient of the scalar x to every parameter it depends on.
func (x *Tensor) Backward() { check("backward", x.h.Backward()) }

// Grad returns the accumulated gradient, nil where there is none.
func (s *Scope) Grad(p *Tensor) *Tensor {
	var out C.xpt_tensor
	checkC("grad", C.xpt_grad(p.c(), &out))
	if out == nil {
		return nil
	}
	return s.own(ts.FromCtensor(unsafe.Pointer(out)))
}

// ClearGrad drops the accumulated gradient and its memory.
func (p *Tensor) ClearGrad() { checkC("clear grad", C.xpt_clear_grad(p.c())) }

// GradNorm returns the 2-norm over all gradients of params, of which there is
// at least one, and the factor that torch.nn.utils.clip_grad_norm_ scales them
// by: max/(norm + 1e-6) where that is below 1 and max positive, else 1. Both are
// float32 scalars on the device, which is not waited for; the gradients stay as
// they are, see AdamWStep.
func (s *Scope) GradNorm(params []*Tensor, max float64) (norm, clip *Tensor) {
	ptrs := make([]C.xpt_tensor, len(params))
	for i, p := range params {
		ptrs[i] = p.c()
	}
	var n, c C.xpt_tensor
	checkC("grad_norm", C.xpt_grad_norm(&ptrs[0], C.int(len(params)), C.double(max), &n, &c))
	return s.own(ts.FromCtensor(unsafe.Pointer(n))), s.own(ts.FromCtensor(unsafe.Pointer(c)))
}

// AdamWStep updates p in place from clip times its gradient as
// torch.optim.AdamW does (Loshchilov & Hutter, arXiv 1711.05101). clip is a
// float32 scalar on p's device. step counts from 1; expAvg and expAvgSq are p's
// moments. A parameter without a gradient stays as it is.
//
// seen is nil, or belongs to a p [rows, d] that [Scope.Embedding] looks rows up
// in: it marks those that ever had a gradient, which the step adds to. The
// others' moments are zero and are left alone, see [Scope.UntouchedZeros].
func AdamWStep(p, expAvg, expAvgSq *Tensor, seen []byte, clip *Tensor, lr, beta1, beta2, eps, weightDecay float64, step int) {
	var marks *C.uint8_t
	if seen != nil {
		marks = (*C.uint8_t)(unsafe.SliceData(seen))
	}
	checkC("adamw", C.xpt_adamw(p.c(), expAvg.c(), expAvgSq.c(), marks, clip.c(), C.double(lr), C.double(beta1), C.double(beta2),
		C.double(eps), C.double(weightDecay), C.int64_t(step)))
}

// AdafactorStep updates p in place from clip times its gradient, as AdamWStep
// does, by torch.optim.Adafactor's rule (Shazeer & Stern, arXiv 1804.04235;
// beta2 decay -0.8, clipping 1). state is [rows, 1] and [1, columns] of a
// matrix, otherwise one tensor of p's shape. step counts from 1.
func AdafactorStep(p *Tensor, state []*Tensor, clip *Tensor, lr, weightDecay float64, step int) {
	var column C.xpt_tensor
	if len(state) == 2 {
		column = state[1].c()
	}
	checkC("adafactor", C.xpt_adafactor(p.c(), state[0].c(), column, clip.c(), C.double(lr), C.double(weightDecay), C.int64_t(step)))
}
