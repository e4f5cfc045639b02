#pragma once
#include <ATen/ATen.h>

// x with elements zeroed with probability p, the others scaled by 1 / (1 - p).
at::Tensor xpt_dropped(const at::Tensor &x, double p);

// base + xpt_dropped(x, p).
at::Tensor xpt_add_dropped(const at::Tensor &base, const at::Tensor &x, double p);
