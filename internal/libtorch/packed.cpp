// Linear layers whose weights stay as they are, in the layout that oneDNN's
// matrix products read fastest: W once for x W^T, and once more, transposed,
// for the gradient of x. libtorch lays weights out anew in every product.
#include "packed.h"

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

at::Tensor product(const at::Tensor &x, const at::Tensor &packed, const at::Tensor &b) {
  return call(*find("linear"), {x.contiguous(), packed, b.defined() ? c10::IValue(b) : c10::IValue(), "none", c10::List<c10::optional<at::Scalar>>(), ""});
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

} // namespace

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
