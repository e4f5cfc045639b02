package libtorch

// #include "shim.h"
import "C"

// CanAttendFlash tells whether FlashAttention computes such tensors fast: on a
// GPU, in a half type, where libtorch has a kernel for them.
func CanAttendFlash(q, k, v *Tensor, dropout float64) bool {
	var serves C.int
	checkC("attention", C.xpt_can_attend_flash(q.c(), k.c(), v.c(), C.double(dropout), &serves))
	return serves != 0
}

// FlashAttention is causal attention of q, k, v [B, H, T, hd] behind pastK and
// pastV [1, H, P, hd], which every row sees whole and which are not copied for
// it. dropout is the probability of attention dropout, which is 0 on the CPU.
// The result is [B, H, T, hd].
func (s *Scope) FlashAttention(q, k, v, pastK, pastV *Tensor, dropout float64) *Tensor {
	var out C.xpt_tensor
	checkC("attention", C.xpt_attention_flash(q.c(), k.c(), v.c(), pastK.c(), pastV.c(), C.double(dropout), &out))
	return s.own("attention", out)
}
