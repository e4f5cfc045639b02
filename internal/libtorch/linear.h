#pragma once
#include <ATen/ATen.h>

// x w^T + b for x [..., in], w [out, in] and b [out], which may be undefined.
// On the CPU w may be stored in float32 or a half type whatever x's type is,
// float32 or, where the processor multiplies it, bfloat16; it is widened on the
// way and no copy of it is kept. A w that wants a gradient has x's type.
at::Tensor xpt_linear_layer(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b);

// The ways to compute such a layer without gradients: their number for these
// tensors, and the name and result of number i; for tests.
int xpt_linear_way(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b, int i, const char **name, at::Tensor *out);

// Whether w [out, in] can be prepacked for xpt_packed_linear with x of a type,
// and whether that makes products more than a twentieth faster.
bool xpt_can_prepack(const at::Tensor &w, at::ScalarType type);
bool xpt_prepacking_pays(const at::Tensor &w, at::ScalarType type);

// w prepacked, which is opaque to other operations.
at::Tensor xpt_prepack(const at::Tensor &w, at::ScalarType type);

// x w^T + b for prepacked w and, where x needs a gradient, prepacked w^T; b may
// be undefined. Weights and bias get no gradients.
at::Tensor xpt_packed_linear(const at::Tensor &x, const at::Tensor &w, const at::Tensor &wt, const at::Tensor &b);
