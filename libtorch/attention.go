package libtorch

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// CanAttendPacked tells whether PackedAttention computes such tensors: on the
// CPU, in a type that it has arithmetic for.
func CanAttendPacked(dev Device, dtype DType) bool {
	return !dev.IsCUDA() && dtype != Float16 && Arithmetic(dev, dtype) == dtype
}

// PackedAttention is causal attention of rows of any lengths, packed one after
// the other, with no padding: q, k, v [N, H*head_dim], starts the first token of
// each row and N at the end. pastK and pastV [1, H, P, head_dim], which every row
// sees whole, may be nil. Without gradients rows may share a prefix: prefixRow
// is for each row the index of the one whose tokens come before its own, which
// has no prefix row itself, or -1; nil where no row has one. dropout is the
// probability of attention dropout. The result is [N, H*head_dim].
func (s *Scope) PackedAttention(q, k, v, pastK, pastV *Tensor, starts, prefixRow []int, heads int, dropout float64) *Tensor {
	var pk, pv C.xpt_tensor
	if pastK != nil {
		pk, pv = pastK.c(), pastV.c()
	}
	at := wide(starts)
	var prefixes *C.int64_t
	if prefixRow != nil {
		if len(prefixRow) != len(starts)-1 {
			panic(&Error{Op: "attention", Message: fmt.Sprintf("%d rows to continue for %d", len(prefixRow), len(starts)-1)})
		}
		prefixes = (*C.int64_t)(unsafe.SliceData(wide(prefixRow)))
	}
	var out C.xpt_tensor
	checkC("attention", C.xpt_attention_packed(q.c(), k.c(), v.c(), pk, pv, (*C.int64_t)(unsafe.SliceData(at)), prefixes,
		C.int(len(at)-1), C.int(heads), C.double(dropout), &out))
	return s.own("attention", out)
}
