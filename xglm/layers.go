package xglm

import (
	"sync/atomic"

	"xpt/internal/prepack"
	"xpt/libtorch"
)

// layerNorm is LayerNorm with a trained scale and shift, both [d].
type layerNorm struct{ weight, bias *libtorch.Tensor }

func newLayerNorm(w weights, d int) layerNorm {
	return layerNorm{w.tensor("weight", d), w.tensor("bias", d)}
}

const layerNormEps = 1e-5

func (n layerNorm) forward(s *libtorch.Scope, x *libtorch.Tensor) *libtorch.Tensor {
	return s.LayerNorm(x, like(s, n.weight, x), like(s, n.bias, x), layerNormEps)
}

// like returns w in x's type; nil stays nil.
func like(s *libtorch.Scope, w, x *libtorch.Tensor) *libtorch.Tensor {
	if w == nil {
		return nil
	}
	return s.To(w, w.Device(), x.DType())
}

// matrix is the weight [out, in] of a linear layer.
type matrix struct {
	name   string // in the checkpoint
	weight *libtorch.Tensor
	// prepacked is nil where the weight is read as it is (see Model.Prepare).
	prepacked atomic.Pointer[prepack.Weight]
}

// linear is x W^T + b with W [out, in] and b [out].
type linear struct {
	*matrix
	bias   *libtorch.Tensor   // nil in the LM head
	change LinearFunc         // of an adapted model; nil for none
	reads  []*libtorch.Tensor // what change trains
}

func newLinear(w weights, in, out int) linear {
	l := linear{matrix: &matrix{name: w.prefix + "weight", weight: w.tensor("weight", out, in)}, bias: w.tensor("bias", out)}
	w.matrices = append(w.matrices, l.matrix)
	return l
}

// forward takes x [..., in] to [..., out].
func (l linear) forward(s *libtorch.Scope, x *libtorch.Tensor, mode Mode) *libtorch.Tensor {
	bias := like(s, l.bias, x)
	var y *libtorch.Tensor
	if bias != nil && bias.WantsGrad() && !l.weight.WantsGrad() { // products with frozen weights have no gradient for a bias
		y = s.Add(l.product(s, x, nil), bias)
	} else {
		y = l.product(s, x, bias)
	}
	if l.change != nil {
		y = l.change(s, x, y, mode)
	}
	return y
}

// product is x W^T + b; b is nil for none. It is where the product is chosen.
func (m *matrix) product(s *libtorch.Scope, x, b *libtorch.Tensor) *libtorch.Tensor {
	switch packed := m.prepacked.Load(); {
	case packed != nil:
		return packed.Linear(s, x, b)
	case m.weight.WantsGrad(): // float32, and gradients flow back through its cast
		return s.Linear(x, like(s, m.weight, x), b)
	}
	// A frozen weight stays in its file's type, mapped: a cast of all weights costs more than the
	// products.
	return s.Linear(x, m.weight, b)
}

// attention is causal self-attention; the output projection is applied by the layer.
type attention struct {
	k, v, q, out linear
	joined       *joined // nil: q, k and v are products of their own
}

func newAttention(w weights, d int) attention {
	return attention{
		k:   newLinear(w.at("k_proj"), d, d),
		v:   newLinear(w.at("v_proj"), d, d),
		q:   newLinear(w.at("q_proj"), d, d),
		out: newLinear(w.at("out_proj"), d, d),
	}
}

// forward attends from every position of packed x [N, d] and returns [N, d], before the output
// projection.
func (a *attention) forward(s *libtorch.Scope, x *libtorch.Tensor, l *layout, attend attendFunc, mode Mode) *libtorch.Tensor {
	if a.joined == nil {
		return attend(s, a.q.forward(s, x, mode), a.k.forward(s, x, mode), a.v.forward(s, x, mode), l)
	}
	parts := a.joined.forward(s, x)
	for i, l := range a.projections() {
		if l.change != nil {
			parts[i] = l.change(s, x, parts[i], mode)
		}
	}
	return attend(s, parts[0], parts[1], parts[2], l)
}

func (a *attention) projections() []*linear { return []*linear{&a.q, &a.k, &a.v} }

// decoderLayer is one pre-norm decoder layer.
type decoderLayer struct {
	selfAttn          attention
	selfAttnLayerNorm layerNorm
	fc1, fc2          linear
	finalLayerNorm    layerNorm
	relu              bool
}

func newDecoderLayer(w weights, c Config) decoderLayer {
	return decoderLayer{
		selfAttn:          newAttention(w.at("self_attn"), c.DModel),
		selfAttnLayerNorm: newLayerNorm(w.at("self_attn_layer_norm"), c.DModel),
		fc1:               newLinear(w.at("fc1"), c.DModel, c.FFNDim),
		fc2:               newLinear(w.at("fc2"), c.FFNDim, c.DModel),
		finalLayerNorm:    newLayerNorm(w.at("final_layer_norm"), c.DModel),
		relu:              c.ActivationFunction == "relu",
	}
}

// linears are the linear layers.
func (y *decoderLayer) linears() []*linear {
	return append(y.selfAttn.projections(), &y.selfAttn.out, &y.fc1, &y.fc2)
}

// trainedBeside lists the weights that are trained and not of x's type: products are in x's.
func (y *decoderLayer) trainedBeside(x *libtorch.Tensor) (weights []*libtorch.Tensor) {
	all := []*libtorch.Tensor{y.selfAttnLayerNorm.weight, y.selfAttnLayerNorm.bias, y.finalLayerNorm.weight, y.finalLayerNorm.bias}
	for _, l := range y.linears() {
		all = append(append(all, l.weight, l.bias), l.reads...)
	}
	dtype := x.DType()
	for _, w := range all {
		if w.DType() != dtype && w.WantsGrad() {
			weights = append(weights, w)
		}
	}
	return weights
}

// forward takes packed x [N, d] to [N, d], or to [R, d] where read picks rows: keys and values need
// every position, the rest only those that are read.
func (y *decoderLayer) forward(s *libtorch.Scope, x *libtorch.Tensor, l *layout, read *libtorch.Tensor, attend attendFunc, mode Mode) *libtorch.Tensor {
	s.CastAll(y.trainedBeside(x), x.DType())
	h := y.selfAttn.forward(s, y.selfAttnLayerNorm.forward(s, x), l, attend, mode)
	if read != nil {
		h, x, mode = s.IndexSelect(h, 0, read), s.IndexSelect(x, 0, read), mode.read()
	}
	x = s.AddDropoutFrom(mode.Place.Token, x, y.selfAttn.out.forward(s, h, mode), mode.Dropout)
	h = y.fc1.forward(s, y.finalLayerNorm.forward(s, x), mode)
	if y.relu {
		h = s.ReLU(h)
	} else {
		h = s.GELU(h)
	}
	h = y.fc2.forward(s, s.DropoutFrom(mode.Place.Token, h, mode.ActivationDropout), mode)
	return s.AddDropoutFrom(mode.Place.Token, x, h, mode.Dropout)
}
