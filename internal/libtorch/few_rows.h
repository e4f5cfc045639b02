#pragma once
#include <ATen/ATen.h>

// x w^T + b for few rows x [M, K], without gradients; undefined where this way
// does not fit the tensors or the processor. w has x's type, or a half type
// that is read as x's: float32, or bfloat16 of float16.
at::Tensor xpt_few_rows(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b);
