// What all functions with gradients of their own need.
#pragma once
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace xpt {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// toOptional is a tensor that may be undefined in the form that autograd functions take it in.
inline c10::optional<at::Tensor> toOptional(const at::Tensor &t) { return t.defined() ? c10::optional<at::Tensor>(t) : c10::nullopt; }

} // namespace xpt
