// Linear layers by oneDNN's matrix products, which in float32 are a tenth to a
// fifth faster on some processors than those of the library that libtorch takes.
// Weights that stay as they are it reads fastest in a layout of its own: W once
// for x W^T, and once more, transposed, for the gradient of x.
#include "onednn.h"
#include "given.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The operators exist only in newer libtorchs, built with oneDNN.
const c10::optional<c10::OperatorHandle> &find(const char *name) {
  static const auto reorder = c10::Dispatcher::singleton().findSchema({"mkldnn::_reorder_linear_weight", ""});
  static const auto linear = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  return name[0] == 'r' ? reorder : linear;
}

at::Tensor call(const c10::OperatorHandle &op, std::vector<c10::IValue> arguments) {
  torch::jit::Stack stack(std::move(arguments));
  op.callBoxed(&stack);
  return stack.back().toTensor();
}

constexpr int64_t kUsualRows = 512; // which the layout is chosen for; others read it as well

at::Tensor reorder(const at::Tensor &w) { return call(*find("reorder"), {w.contiguous(), kUsualRows}); }

// product is x w^T + b; w is packed or not.
at::Tensor product(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  return call(*find("linear"), {x.contiguous(), w, b.defined() ? c10::IValue(b) : c10::IValue(), "none", c10::List<c10::optional<at::Scalar>>(), ""});
}

struct PackedLinear : torch::autograd::Function<PackedLinear> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &forward, const at::Tensor &backward, const at::Tensor &b) {
    ctx->saved_data["backward"] = backward;
    return product(x, forward, b);
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) {
    return {product(grad[0], ctx->saved_data["backward"].toTensor(), {}), {}, {}, {}};
  }
};

struct DenseLinear : torch::autograd::Function<DenseLinear> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &w, const c10::optional<at::Tensor> &bias) {
    auto b = bias.value_or(at::Tensor());
    ctx->save_for_backward({w.requires_grad() ? x : at::Tensor(), x.requires_grad() ? w : at::Tensor()});
    ctx->saved_data["biased"] = b.defined() && b.requires_grad();
    return product(x, w, b);
  }
  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    auto &x = saved[0], &w = saved[1], &grad = grads[0];
    variable_list out(3);
    if (w.defined()) out[0] = product(grad, w.t(), {});
    if (x.defined()) out[1] = product(grad.t(), x.t(), {});
    if (ctx->saved_data["biased"].toBool()) out[2] = grad.sum(0);
    return out;
  }
};

} // namespace

at::Tensor xpt_dense_linear(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  auto fits = [](const at::Tensor &t) { return t.is_cpu() && t.scalar_type() == at::kFloat; };
  if (!find("linear") || !fits(x) || !fits(w) || x.dim() != 2 || w.dim() != 2 || x.numel() == 0 || w.numel() == 0) return {};
  return DenseLinear::apply(x, w, given(b));
}

bool xpt_can_pack(const at::Tensor &w) {
  bool type = w.scalar_type() == at::kFloat || w.scalar_type() == at::kBFloat16;
  return type && w.dim() == 2 && w.is_cpu() && find("reorder") && find("linear");
}

at::Tensor xpt_pack(const at::Tensor &w) {
  at::AutoGradMode no_grad(false);
  return reorder(w.detach());
}

at::Tensor xpt_packed_linear(const at::Tensor &x, const at::Tensor &forward, const at::Tensor &backward, const at::Tensor &b) {
  if (at::GradMode::is_enabled() && x.requires_grad()) return PackedLinear::apply(x, forward, backward, b);
  at::AutoGradMode no_grad(false);
  return product(x, forward, b);
}
