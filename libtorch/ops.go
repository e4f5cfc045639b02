package libtorch

// #include "shim.h"
import "C"

import (
	"fmt"
	"strings"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"
)

// The operations below are PyTorch's of the same name; results belong to s.

func wide(values []int) []int64 {
	out := make([]int64, len(values))
	for i, n := range values {
		out[i] = int64(n)
	}
	return out
}

// Linear returns x w^T + b: [..., in], [out, in], [out] or nil -> [..., out]. On
// the CPU a frozen w may be stored in another type than x's, float32 or a half
// type: it is read without a copy.
func (s *Scope) Linear(x, w, b *Tensor) *Tensor {
	var bias, out C.xpt_tensor
	if b != nil {
		bias = b.c()
	}
	checkC("linear", C.xpt_linear(x.c(), w.c(), bias, &out))
	return s.own("linear", out)
}

// LayerNorm normalises the last dimension.
func (s *Scope) LayerNorm(x, weight, bias *Tensor, eps float64) *Tensor {
	if x.DType() == BFloat16 && strings.HasPrefix(Version(), "1.") { // which round before the weight, and again after it
		return s.Block(func(s *Scope) *Tensor {
			in := func(t *Tensor, dtype DType) *Tensor { return s.To(t, t.Device(), dtype) }
			return in(s.LayerNorm(in(x, Float32), in(weight, Float32), in(bias, Float32), eps), BFloat16)
		})
	}
	t, err := ts.LayerNorm(x.Gotch(), wide(weight.Shape()), weight.Gotch(), bias.Gotch(), eps, true)
	return s.result("layer_norm", t, err)
}

// GELU is the exact (erf) form.
func (s *Scope) GELU(x *Tensor) *Tensor {
	t, err := x.Gotch().Gelu("none", false)
	return s.result("gelu", t, err)
}

// ReLU is max(x, 0).
func (s *Scope) ReLU(x *Tensor) *Tensor {
	t, err := x.Gotch().Relu(false)
	return s.result("relu", t, err)
}

// Tanh is the hyperbolic tangent.
func (s *Scope) Tanh(x *Tensor) *Tensor {
	t, err := x.Gotch().Tanh(false)
	return s.result("tanh", t, err)
}

// Dropout zeroes elements with probability p and scales the rest by 1/(1-p).
func (s *Scope) Dropout(x *Tensor, p float64) *Tensor {
	return s.DropoutFrom(0, x, p)
}

// DropoutFrom is Dropout of x [N, ...] as of rows from first on of a larger tensor: on the CPU an element is zeroed
// where it would be there.
func (s *Scope) DropoutFrom(first int, x *Tensor, p float64) *Tensor {
	if p == 0 {
		return x
	}
	return s.dropout(nil, first, x, p)
}

// AddDropout is base plus Dropout of x, of the same shape.
func (s *Scope) AddDropout(base, x *Tensor, p float64) *Tensor {
	return s.AddDropoutFrom(0, base, x, p)
}

// AddDropoutFrom is base plus DropoutFrom of x, of the same shape.
func (s *Scope) AddDropoutFrom(first int, base, x *Tensor, p float64) *Tensor {
	if p == 0 {
		return s.Add(base, x)
	}
	return s.dropout(base.c(), first, x, p)
}

func (s *Scope) dropout(base C.xpt_tensor, first int, x *Tensor, p float64) *Tensor {
	if first > 0 { // elements from rows
		for _, n := range x.Shape()[1:] {
			first *= n
		}
	}
	var out C.xpt_tensor
	checkC("dropout", C.xpt_dropout(base, x.c(), C.double(p), C.int64_t(first), &out))
	return s.own("dropout", out)
}

// Embedding picks rows of w: [V, d], ids [...] -> [..., d]. The row padding
// gets no gradient; -1 for none. On the CPU the gradient is sparse: it holds the
// rows that were picked.
func (s *Scope) Embedding(w, ids *Tensor, padding int) *Tensor {
	t, err := ts.Embedding(w.Gotch(), ids.Gotch(), int64(padding), false, w.Device() == CPU)
	return s.result("embedding", t, err)
}

// Matmul multiplies the last two dimensions, the others broadcast.
func (s *Scope) Matmul(a, b *Tensor) *Tensor {
	t, err := a.Gotch().Matmul(b.Gotch(), false)
	return s.result("matmul", t, err)
}

// Add adds with broadcasting.
func (s *Scope) Add(a, b *Tensor) *Tensor {
	t, err := a.Gotch().Add(b.Gotch(), false)
	return s.result("add", t, err)
}

// Mul multiplies elementwise with broadcasting.
func (s *Scope) Mul(a, b *Tensor) *Tensor {
	t, err := a.Gotch().Mul(b.Gotch(), false)
	return s.result("mul", t, err)
}

// Scale multiplies by a number.
func (s *Scope) Scale(x *Tensor, by float64) *Tensor {
	k := ts.FloatScalar(by)
	defer k.MustDrop()
	t, err := x.Gotch().MulScalar(k, false)
	return s.result("mul", t, err)
}

// Softmax is over the last dimension, accumulated in float32.
func (s *Scope) Softmax(x *Tensor) *Tensor {
	t, err := x.Gotch().Softmax(-1, x.Gotch().DType(), false)
	return s.result("softmax", t, err)
}

// LogSoftmax is over the last dimension, in float32.
func (s *Scope) LogSoftmax(x *Tensor) *Tensor {
	t, err := x.Gotch().LogSoftmax(-1, gotch.Float, false)
	return s.result("log_softmax", t, err)
}

// Attention is softmax(q k^T head_dim^-0.5 + mask) v over the last two
// dimensions: q [B, H, T, hd], k and v [B, H, S, hd], mask nil or
// broadcastable to [B, H, T, S]. causal needs T = S and no mask. dropout is the
// probability of attention dropout.
func (s *Scope) Attention(q, k, v, mask *Tensor, causal bool, dropout float64) *Tensor {
	var m C.xpt_tensor
	if mask != nil {
		m = mask.c()
	}
	flag := C.int(0)
	if causal {
		flag = 1
	}
	var out C.xpt_tensor
	checkC("attention", C.xpt_attention(q.c(), k.c(), v.c(), m, flag, C.double(dropout), &out))
	return s.own("attention", out)
}

// Cat joins along dim.
func (s *Scope) Cat(dim int, xs ...*Tensor) *Tensor {
	hs := make([]*ts.Tensor, len(xs))
	for i, x := range xs {
		hs[i] = x.Gotch()
	}
	t, err := ts.Cat(hs, int64(dim))
	return s.result("cat", t, err)
}

// Narrow views length elements of dim from start on.
func (s *Scope) Narrow(x *Tensor, dim, start, length int) *Tensor {
	t, err := x.Gotch().Narrow(int64(dim), int64(start), int64(length), false)
	return s.result("narrow", t, err)
}

// Split views n equal parts of dim. The gradient of x is one copy of those of the parts.
func (s *Scope) Split(x *Tensor, dim, n int) []*Tensor {
	if n < 1 || x.Len(dim)%n != 0 || x.Len(dim) == 0 {
		panic(&Error{Op: "split", Message: fmt.Sprintf("%v is not split in %d", x.Shape(), n)})
	}
	views := make([]C.xpt_tensor, n)
	checkC("split", C.xpt_split(x.c(), C.int(dim), C.int(n), &views[0]))
	parts := make([]*Tensor, n)
	for i, view := range views {
		parts[i] = s.own("split", view)
	}
	return parts
}

// Select views index of dim and drops that dimension.
func (s *Scope) Select(x *Tensor, dim, index int) *Tensor {
	t, err := x.Gotch().Select(int64(dim), int64(index), false)
	return s.result("select", t, err)
}

// Reshape views where it can and copies where it must; one size may be -1.
func (s *Scope) Reshape(x *Tensor, shape ...int) *Tensor {
	t, err := x.Gotch().Reshape(wide(shape), false)
	return s.result("reshape", t, err)
}

// Transpose swaps two dimensions.
func (s *Scope) Transpose(x *Tensor, a, b int) *Tensor {
	t, err := x.Gotch().Transpose(int64(a), int64(b), false)
	return s.result("transpose", t, err)
}

// Permute reorders the dimensions.
func (s *Scope) Permute(x *Tensor, dims ...int) *Tensor {
	t, err := x.Gotch().Permute(wide(dims), false)
	return s.result("permute", t, err)
}

// Expand repeats dimensions of size one without a copy; -1 keeps a size.
func (s *Scope) Expand(x *Tensor, shape ...int) *Tensor {
	t, err := x.Gotch().Expand(wide(shape), false, false)
	return s.result("expand", t, err)
}

// Contiguous copies into row-major order where the tensor is not.
func (s *Scope) Contiguous(x *Tensor) *Tensor {
	t, err := x.Gotch().Contiguous(false)
	return s.result("contiguous", t, err)
}

// IndexSelect picks entries of dim: index [n] -> x with size n there.
func (s *Scope) IndexSelect(x *Tensor, dim int, index *Tensor) *Tensor {
	t, err := x.Gotch().IndexSelect(int64(dim), index.Gotch(), false)
	return s.result("index_select", t, err)
}

// ScatterRows returns [n, d] of zeros with row index[i] set to x's row i.
func (s *Scope) ScatterRows(x, index *Tensor, n int) *Tensor {
	zeros := s.Zeros(x.DType(), n, x.Len(-1))
	t, err := zeros.Gotch().IndexCopy(0, index.Gotch(), x.Gotch(), false)
	return s.result("index_copy", t, err)
}

// Put overwrites entry index[i] of x's dimension dim with entry i of src, for every i.
func (s *Scope) Put(x *Tensor, dim int, index, src *Tensor) {
	check("index_copy_", x.Gotch().IndexCopy_(int64(dim), index.Gotch(), src.Gotch()))
}

// Gather picks x[i, index[i]]: [n, c], [n] -> [n].
func (s *Scope) Gather(x, index *Tensor) *Tensor {
	column := s.Reshape(index, -1, 1)
	t, err := x.Gotch().Gather(1, column.Gotch(), false, false)
	return s.Reshape(s.result("gather", t, err), -1)
}

// Argmax returns the index of the largest element of the last dimension.
func (s *Scope) Argmax(x *Tensor) *Tensor {
	t, err := x.Gotch().Argmax([]int64{-1}, false, false)
	return s.result("argmax", t, err)
}

// CrossEntropy is the mean over the targets [n] that are not -100 of the
// negative log-probability that logits [n, c] give them, in float32. smoothing
// is the share of a target that is spread over all classes.
func (s *Scope) CrossEntropy(logits, targets *Tensor, smoothing float64) *Tensor {
	const mean, ignore = 1, -100
	x := s.To(logits, logits.Device(), Float32)
	t, err := x.Gotch().CrossEntropyLoss(targets.Gotch(), ts.None, mean, ignore, smoothing, false)
	return s.result("cross_entropy", t, err)
}

// Zeros makes a tensor of zeros on the scope's device.
func (s *Scope) Zeros(dtype DType, shape ...int) *Tensor {
	s.check("zeros")
	dtype = dtype.On(s.Device)
	t, err := ts.Zeros(wide(shape), dtype.gotch(), s.Device.gotch())
	return s.result("zeros", t, err)
}

// Empty makes a tensor whose elements are whatever its memory holds.
func (s *Scope) Empty(dtype DType, shape ...int) *Tensor {
	s.check("empty")
	dtype = dtype.On(s.Device)
	t, err := ts.Empty(wide(shape), dtype.gotch(), s.Device.gotch())
	return s.result("empty", t, err)
}

// Write copies src over the part of x that begins at start of dimension dim and
// is as long as src there; src's other sizes are x's, or 1 to be repeated.
func (x *Tensor) Write(dim, start int, src *Tensor) {
	checkC("write", C.xpt_write(x.c(), C.int(dim), C.int64_t(start), src.c()))
}

// CausalMask makes [t, past+t]: 0 where a position sees another, -inf where
// that one lies in its future.
func (s *Scope) CausalMask(t, past int, dtype DType) *Tensor {
	s.check("causal_mask")
	dtype = dtype.On(s.Device)
	inf := ts.FloatScalar(negInf)
	defer inf.MustDrop()
	full, err := ts.Full([]int64{int64(t), int64(past + t)}, inf, dtype.gotch(), s.Device.gotch())
	m := s.result("full", full, err)
	up, err := m.Gotch().Triu(int64(past+1), false)
	return s.result("triu", up, err)
}

// To moves and converts; it returns x itself where nothing changes.
func (s *Scope) To(x *Tensor, dev Device, dtype DType) *Tensor {
	dtype = dtype.On(dev)
	if x.Device() != dev {
		t, err := x.Gotch().To(dev.gotch(), false)
		x = s.result("to", t, err)
	}
	if dev == CPU && x.DType() != dtype && x.DType().Size() == 2 && dtype.Size() == 2 { // libtorch casts one half type to the other a value at a time
		return s.Block(func(s *Scope) *Tensor { return s.To(s.To(x, dev, Float32), dev, dtype) })
	}
	if x.DType() != dtype {
		if cast := s.casts[x]; cast != nil && cast.DType() == dtype {
			return cast
		}
		t, err := x.Gotch().Totype(dtype.gotch(), false)
		x = s.result("to", t, err)
	}
	return x
}

// CastAll casts tensors of one type to dtype in one launch for many of them on a GPU, and so their gradients back, once all of
// those are there. [Scope.To] then returns these casts in s and the scopes inside.
func (s *Scope) CastAll(xs []*Tensor, dtype DType) {
	s.check("cast")
	if len(xs) == 0 {
		return
	}
	from, to := make([]C.xpt_tensor, len(xs)), make([]C.xpt_tensor, len(xs))
	for i, x := range xs {
		from[i] = x.c()
	}
	checkC("cast", C.xpt_cast_all(&from[0], C.int(len(xs)), C.int(dtype.gotch()), &to[0]))
	s.casts = map[*Tensor]*Tensor{}
	for i, x := range xs {
		s.casts[x] = s.own("cast", to[i])
	}
}

// Clone copies.
func (s *Scope) Clone(x *Tensor) *Tensor {
	t, err := x.Gotch().ToDtype(x.Gotch().DType(), false, true, false)
	return s.result("clone", t, err)
}

// Detach views x outside the autograd graph.
func (s *Scope) Detach(x *Tensor) *Tensor {
	t, err := x.Gotch().Detach(false)
	return s.result("detach", t, err)
}

// Mean is the mean of all elements, a scalar.
func (s *Scope) Mean(x *Tensor) *Tensor {
	t, err := x.Gotch().Mean(x.Gotch().DType(), false)
	return s.result("mean", t, err)
}

// Exp is e^x elementwise.
func (s *Scope) Exp(x *Tensor) *Tensor {
	t, err := x.Gotch().Exp(false)
	return s.result("exp", t, err)
}

// Sin is elementwise.
func (s *Scope) Sin(x *Tensor) *Tensor {
	t, err := x.Gotch().Sin(false)
	return s.result("sin", t, err)
}

// Cos is elementwise.
func (s *Scope) Cos(x *Tensor) *Tensor {
	t, err := x.Gotch().Cos(false)
	return s.result("cos", t, err)
}
