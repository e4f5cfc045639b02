package xglm

import (
	"math"

	"xpt/internal/libtorch"
)

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
		if libtorch.CanAttendRagged(q) {
			return s.RaggedAttention(q, k, v, pastK, pastV, l.starts, l.heads, mode.attentionDropout)
		}
		q, k, v = l.split(s, q), l.split(s, k), l.split(s, v)
		if mode.training {
			return l.join(s, attendTraining(s, q, k, v, pastK, pastV, mode))
		}
		return l.join(s, attend(s, q, k, v, pastK, pastV))
	}
}

// attend is the fused kernel's way: fast forward, slow backward on the CPU.
func attend(s *libtorch.Scope, q, k, v, pastK, pastV *libtorch.Tensor) *libtorch.Tensor {
	if pastK == nil {
		return s.Attention(q, k, v, nil, true)
	}
	shape := pastK.Shape()
	all := func(past, own *libtorch.Tensor) *libtorch.Tensor {
		return s.Cat(2, s.Expand(past, q.Len(0), shape[1], shape[2], shape[3]), own)
	}
	return s.Attention(q, all(pastK, k), all(pastV, v), s.CausalMask(q.Len(2), shape[2], q.DType()), false)
}

// attendTraining is attention written out, which autograd differentiates
// faster. The past is shared by all rows: one matmul per head takes the
// queries of the whole batch to it, so that it is never expanded and its
// gradient is summed inside the matmul.
func attendTraining(s *libtorch.Scope, q, k, v, pastK, pastV *libtorch.Tensor, mode mode) *libtorch.Tensor {
	shape := q.Shape()
	rows, heads, t, width := shape[0], shape[1], shape[2], shape[3]
	q = s.Scale(q, 1/math.Sqrt(float64(width)))
	scores := s.Add(s.Matmul(q, s.Transpose(k, -1, -2)), s.CausalMask(t, 0, q.DType())) // [B, H, T, T]
	if pastK == nil {
		return s.Matmul(s.Dropout(s.Softmax(scores), mode.attentionDropout), v)
	}
	past := pastK.Len(2)
	byHead := func(x *libtorch.Tensor) *libtorch.Tensor { // [B, H, T, n] -> [H, B T, n]
		return s.Reshape(s.Transpose(x, 0, 1), heads, rows*t, -1)
	}
	byRow := func(x *libtorch.Tensor) *libtorch.Tensor { // and back
		return s.Transpose(s.Reshape(x, heads, rows, t, -1), 0, 1)
	}
	pk, pv := s.Select(pastK, 0, 0), s.Select(pastV, 0, 0) // [H, P, hd]
	pastScores := byRow(s.Matmul(byHead(q), s.Transpose(pk, -1, -2)))
	probs := s.Dropout(s.Softmax(s.Cat(-1, pastScores, scores)), mode.attentionDropout)
	own := s.Matmul(s.Narrow(probs, -1, past, t), v)
	return s.Add(own, byRow(s.Matmul(byHead(s.Narrow(probs, -1, 0, past)), pv)))
}
