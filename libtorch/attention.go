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

// RowsPlace is where packed rows lie in a larger batch, whose attention dropout they have; zero: they are all of it.
type RowsPlace struct {
	First   int // number of their first token
	Tokens  int // of the larger batch
	Longest int // row of the larger batch, in tokens
}

// PackedAttention is causal attention of rows of any lengths, packed one after
// the other, with no padding: q, k, v [N, H*head_dim], starts the first token of
// each row and N at the end. pastK and pastV [1, H, P, head_dim], which every row
// sees whole, may be nil. Without gradients rows may share a prefix: prefixRow
// is for each row the index of the one whose tokens come before its own, which
// has no prefix row itself, or -1; nil where no row has one. dropout is the
// probability of attention dropout, whose mask place lays. The result is [N, H*head_dim].
func (s *Scope) PackedAttention(q, k, v, pastK, pastV *Tensor, starts, prefixRow []int, heads int, dropout float64, place RowsPlace) *Tensor {
	var pk, pv C.xpt_tensor
	if pastK != nil {
		pk, pv = pastK.c(), pastV.c()
	}
	at := wide(starts)
	within := [3]C.int64_t{C.int64_t(place.First), C.int64_t(place.Tokens), C.int64_t(place.Longest)}
	var prefixes *C.int64_t
	if prefixRow != nil {
		if len(prefixRow) != len(starts)-1 {
			panic(&Error{Op: "attention", Message: fmt.Sprintf("%d rows to continue for %d", len(prefixRow), len(starts)-1)})
		}
		prefixes = (*C.int64_t)(unsafe.SliceData(wide(prefixRow)))
	}
	var out C.xpt_tensor
	checkC("attention", C.xpt_attention_packed(q.c(), k.c(), v.c(), pk, pv, (*C.int64_t)(unsafe.SliceData(at)), prefixes,
		C.int(len(at)-1), C.int(heads), C.double(dropout), &within[0], &out))
	return s.own("attention", out)
}
