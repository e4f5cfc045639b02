#pragma once
#include <ATen/ATen.h>

// x w^T + b for x [M, in], w [out, in] and b [out], which may be undefined, in
// float32 on the CPU; undefined for others and where this libtorch has no oneDNN.
at::Tensor xpt_dense_linear(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b);

// Whether xpt_pack can lay out w [out, in].
bool xpt_can_pack(const at::Tensor &w);

// w in the layout of xpt_packed_linear; opaque to other operations.
at::Tensor xpt_pack(const at::Tensor &w);

// x w^T + b for packed w and, where x needs a gradient, packed w^T; b may be
// undefined. Weights and bias get no gradients.
at::Tensor xpt_packed_linear(const at::Tensor &x, const at::Tensor &w, const at::Tensor &wt, const at::Tensor &b);
