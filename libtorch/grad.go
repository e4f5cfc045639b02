package libtorch

// #include "shim.h"
import "C"

import (
	"math"

	"xpt/internal/torcherror"
)

var negInf = math.Inf(-1)

// NewParameter copies x into a float32 leaf that gradients are computed for.
// It lives until Free.
func NewParameter(x *Tensor) (p *Tensor, err error) {
	defer torcherror.Catch(&err)
	err = NoGrad(x.Device(), func(s *Scope) error {
		p = s.Clone(s.To(s.Detach(x), x.Device(), Float32))
		check("requires_grad_", p.Gotch().RequiresGrad_(true))
		p.Keep()
		return nil
	})
	return p, err
}

// GradEnabled says whether gradients are recorded here: inside Run, not NoGrad.
func GradEnabled() bool { return C.xpt_grad_enabled() != 0 }

// Backward adds the gradient of the scalar x to every parameter it depends on.
func (x *Tensor) Backward() { check("backward", x.Gotch().Backward()) }

// Grad returns the accumulated gradient, nil where there is none.
func (s *Scope) Grad(p *Tensor) *Tensor {
	var out C.xpt_tensor
	checkC("grad", C.xpt_grad(p.c(), &out))
	if out == nil {
		return nil
	}
	return s.own("grad", out)
}

// ClearGrad drops the accumulated gradient and its memory.
func (p *Tensor) ClearGrad() { checkC("clear grad", C.xpt_clear_grad(p.c())) }
