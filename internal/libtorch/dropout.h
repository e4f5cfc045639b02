#pragma once
#include "../kernels/kernels.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

// x with elements zeroed with probability p, the others scaled by 1 / (1 - p).
at::Tensor xpt_dropped(const at::Tensor &x, double p);

// base + xpt_dropped(x, p).
at::Tensor xpt_add_dropped(const at::Tensor &base, const at::Tensor &x, double p);

// The dropout of a call with probability p, below 1; its key is drawn from the CPU's generator.
kernels::Dropout draw_dropout(double p);

// For the backward pass, which drops the same elements.
void save_dropout(torch::autograd::AutogradContext *ctx, const kernels::Dropout &d);
kernels::Dropout saved_dropout(torch::autograd::AutogradContext *ctx);
