#pragma once
#include <ATen/ATen.h>

// Whether xpt_pack can lay out w [out, in].
bool xpt_can_pack(const at::Tensor &w);

// w in the layout of xpt_packed_linear; opaque to other operations.
at::Tensor xpt_pack(const at::Tensor &w);

// x w^T + b for packed w and, where x needs a gradient, packed w^T; b may be
// undefined. Weights and bias get no gradients.
at::Tensor xpt_packed_linear(const at::Tensor &x, const at::Tensor &w, const at::Tensor &wt, const at::Tensor &b);
