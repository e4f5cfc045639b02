package libtorch

// #include "shim.h"
import "C"

// linearBy is Linear without gradients by way number i of those that compute
// such a product; "" and nil where there are not so many.
func (s *Scope) linearBy(i int, x, w, b *Tensor) (name string, y *Tensor) {
	var bias, out C.xpt_tensor
	if b != nil {
		bias = b.c()
	}
	var ways C.int
	var text *C.char
	checkC("linear", C.xpt_linear_by(x.c(), w.c(), bias, C.int(i), &ways, &text, &out))
	if out == nil {
		return "", nil
	}
	return C.GoString(text), s.own("linear", out)
}
