package xglm

import "xpt/libtorch"

const layerNormEps = 1e-5

// mode is how a forward is to run. Dropout rates are zero unless training.
type mode struct {
	dropout, attentionDropout, activationDropout float64
}

type layerNorm struct{ weight, bias *libtorch.Tensor }

func (n layerNorm) forward(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	return s.LayerNorm(x, like(s, n.weight, x), like(s, n.bias, x), layerNormEps)
}

// like is w in x's type; nil stays nil.
func like(s *libtorch.Scope, w, x *libtorch.Tensor) *libtorch.Tensor {
	if w == nil {
		return nil
	}
	return s.To(w, w.Device(), x.DType())
}

// layer is one pre-norm decoder layer; the fields are named as its weights.
type layer struct {
	selfAttn          attention
	selfAttnLayerNorm layerNorm
	fc1, fc2          linear
	finalLayerNorm    layerNorm
	relu              bool
}

// forward takes packed x [N, d] to [N, d], or to [R, d] where read picks rows:
// keys and values need every position, the rest only those that are read.
func (y *layer) forward(s *libtorch.Scope, x *libtorch.Tensor, l layout, read *libtorch.Tensor, look view, mode mode) *libtorch.Tensor {
	h := y.selfAttn.forward(s, y.selfAttnLayerNorm.forward(s, x), l, look)
	if read != nil {
		h, x = s.IndexSelect(h, 0, read), s.IndexSelect(x, 0, read)
	}
	x = s.AddDropout(x, y.selfAttn.out.forward(s, h), mode.dropout)
	h = y.fc1.forward(s, y.finalLayerNorm.forward(s, x))
	if y.relu {
		h = s.ReLU(h)
	} else {
		h = s.GELU(h)
	}
	h = y.fc2.forward(s, s.Dropout(h, mode.activationDropout))
	return s.AddDropout(x, h, mode.dropout)
}
