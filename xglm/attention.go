package xglm

import "xpt/libtorch"

type attention struct{ q, k, v, out linear }

// view is how a layer's queries meet keys and values: those of its own tokens,
// given, and those of what stands left of them, which the view knows. q, k, v
// and the result are packed, [N, d].
type view func(s *libtorch.Scope, q, k, v *libtorch.Tensor, l layout) *libtorch.Tensor

// forward attends from every position to itself and to what stands left of it
// in its row. x is packed [N, d]; the result is packed too, before the output
// projection.
func (a *attention) forward(s *libtorch.Scope, x *libtorch.Tensor, l layout, look view) *libtorch.Tensor {
	return look(s, a.q.forward(s, x), a.k.forward(s, x), a.v.forward(s, x), l)
}

// behind is the view of tokens behind one past that all rows share; nil keys
// where there is none.
func behind(pastK, pastV *libtorch.Tensor, mode mode) view {
	return func(s *libtorch.Scope, q, k, v *libtorch.Tensor, l layout) *libtorch.Tensor {
		if attendsPacked(q.Device(), q.DType()) {
			return s.PackedAttention(q, k, v, pastK, pastV, l.starts, l.behind, l.heads, mode.attentionDropout)
		}
		return l.join(s, attend(s, l.split(s, q), l.split(s, k), l.split(s, v), pastK, pastV, mode.attentionDropout))
	}
}

// attendsPacked tells whether packed rows can attend as they are; without that
// they take a padded view. Tests change it.
var attendsPacked = libtorch.CanAttendPacked

// attend is attention in the padded view, by libtorch's fused kernels: q, k, v
// and the result are [B, H, T, head_dim]. Behind a past its flash kernels serve
// only what has no mask, which FlashAttention does without.
func attend(s *libtorch.Scope, q, k, v, pastK, pastV *libtorch.Tensor, dropout float64) *libtorch.Tensor {
	if pastK == nil {
		return s.Attention(q, k, v, nil, true, dropout)
	}
	if libtorch.CanAttendFlash(q, k, v, dropout) {
		return s.FlashAttention(q, k, v, pastK, pastV, dropout)
	}
	shape := pastK.Shape()
	all := func(past, own *libtorch.Tensor) *libtorch.Tensor {
		return s.Cat(2, s.Expand(past, q.Len(0), shape[1], shape[2], shape[3]), own)
	}
	return s.Attention(q, all(pastK, k), all(pastV, v), s.CausalMask(q.Len(2), shape[2], q.DType()), false, dropout)
}
