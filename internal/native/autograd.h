// Shared declarations of the autograd functions.
#pragma once
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace xpt {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// toOptional converts a tensor that may be undefined to an argument of an autograd function.
inline c10::optional<at::Tensor> toOptional(const at::Tensor &t) {
  return t.defined() ? c10::optional<at::Tensor>(t) : c10::nullopt;
}

} // namespace xpt
