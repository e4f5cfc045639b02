#pragma once
#include <ATen/ATen.h>

// A tensor that may be undefined in the form that autograd functions take it in.
inline c10::optional<at::Tensor> given(const at::Tensor &t) { return t.defined() ? c10::optional<at::Tensor>(t) : c10::nullopt; }
