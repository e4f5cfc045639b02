package xglm

import "xpt/libtorch"

// attendFunc attends from a layer's queries to keys and values: those of its own tokens, which it
// is given, and those of the past (KV cache), which it knows. q, k, v and the result are packed,
// [N, d].
type attendFunc func(s *libtorch.Scope, q, k, v *libtorch.Tensor, l *layout) *libtorch.Tensor

// attendWithPast returns causal attention behind pastK and pastV [1, H, P, head_dim], which all
// rows share; both are nil where there is no past.
func attendWithPast(pastK, pastV *libtorch.Tensor, mode Mode) attendFunc {
	dropout := mode.AttentionDropout
	return func(s *libtorch.Scope, q, k, v *libtorch.Tensor, l *layout) *libtorch.Tensor {
		if l.kernel != libtorch.PaddedAttention {
			return s.AttendPacked(q, k, v, pastK, pastV, l.packed(), l.heads, dropout)
		}
		// Elsewhere libtorch's kernels take rows padded to one length, [B, H, T, head_dim].
		q, k, v = l.split(s, q), l.split(s, k), l.split(s, v)
		if pastK == nil {
			return l.join(s, s.Attention(q, k, v, nil, true, dropout))
		}
		shape := pastK.Shape()
		withPast := func(past, own *libtorch.Tensor) *libtorch.Tensor {
			return s.Cat(2, s.Expand(past, q.Len(0), shape[1], shape[2], shape[3]), own)
		}
		mask := s.CausalMask(q.Len(2), shape[2], q.DType())
		return l.join(s, s.Attention(q, withPast(pastK, k), withPast(pastV, v), mask, false, dropout))
	}
}

// attentionOn chooses the kernel of attention. Tests change it.
var attentionOn = libtorch.AttentionOn

func (m *Model) attentionKernel() libtorch.AttentionKernel {
	return attentionOn(m.device, m.dtype, m.Config.HeadDim())
}
