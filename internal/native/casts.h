// Casts of many weights in few launches.
#pragma once
#include "autograd.h"

#include <torch/csrc/api/include/torch/version.h>

namespace xpt {

// copyAll copies sources to targets of the same shapes, casting them.
inline void copyAll(at::TensorList targets, at::TensorList sources) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
  if (!targets.empty()) at::_foreach_copy_(targets, sources);
#else
  for (size_t i = 0; i < targets.size(); i++) targets[i].copy_(sources[i]);
#endif
}

// CastAll casts tensors to a dtype; their gradients are cast back together, once all are there.
struct CastAll : torch::autograd::Function<CastAll> {
  static variable_list forward(AutogradContext *ctx, at::TensorList from, at::ScalarType dtype) {
    ctx->set_materialize_grads(false);
    ctx->saved_data["dtype"] = static_cast<int64_t>(from[0].scalar_type());
    variable_list to;
    for (auto &x : from) to.push_back(at::empty_like(x, x.options().dtype(dtype)));
    copyAll(to, from);
    return to;
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    auto dtype = static_cast<at::ScalarType>(ctx->saved_data["dtype"].toInt());
    variable_list out(gradients.size()), from, to;
    for (size_t i = 0; i < gradients.size(); i++) {
      if (!gradients[i].defined()) continue;
      from.push_back(gradients[i]);
      to.push_back(out[i] = at::empty_like(from.back(), from.back().options().dtype(dtype)));
    }
    copyAll(to, from);
    out.emplace_back(); // of dtype
    return out;
  }
};

} // namespace xpt
