package libtorch

// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

// CanAttendRagged says whether RaggedAttention computes for tensors like x: on
// the CPU, in float32 or bfloat16.
func CanAttendRagged(x *Tensor) bool {
	return !x.Device().IsCUDA() && (x.DType() == Float32 || x.DType() == BFloat16)
}

// RaggedAttention is causal attention of rows of any lengths, packed one after
// the other, with no padding: q, k, v [N, H*head_dim], starts the first token of
// each row and N at the end. pastK and pastV [1, H, P, head_dim], which every row
// sees whole, may be nil. Weights of attention fall out with probability
// dropout. The result is [N, H*head_dim].
func (s *Scope) RaggedAttention(q, k, v, pastK, pastV *Tensor, starts []int, heads int, dropout float64) *Tensor {
	var pk, pv C.xpt_tensor
	if pastK != nil {
		pk, pv = pastK.c(), pastV.c()
	}
	at := wide(starts)
	var out C.xpt_tensor
	checkC("attention", C.xpt_attention_ragged(q.c(), k.c(), v.c(), pk, pv, (*C.int64_t)(&at[0]), C.int(len(at)-1), C.int(heads), C.double(dropout), &out))
	return s.own(ts.FromCtensor(unsafe.Pointer(out)))
}
