#pragma once
#include <vector>
#include <ATen/ATen.h>
#include "dropout.h"
#include "given.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const std::vector<int64_t> none;

void *pointer(const at::Tensor &t) { return t.defined() ? t.data_ptr() : nullptr; }

at::Tensor contiguous(const at::Tensor &t) { return t.defined() ? t.contiguous() : t; }

kernels::Attention argumentsOf(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &pastK, const at::Tensor &pastV,
                               const std::vector<int64_t> &starts, const std::vector<int64_t> &behind, int64_t heads) {
  const int64_t width = q.size(1) / heads;
  const bool half = q.scalar_type() == at::kBFloat16;
  TORCH_CHECK(half ? kernels::hasPairs() && width % 2 == 0 : q.scalar_type() == at::kFloat, "this processor has no attention in ", q.scalar_type(), " with head_dim ", width);
  const auto rows = static_cast<int64_t>(behind.size());
  for (int64_t r = 0; r < rows; r++)
    TORCH_CHECK(behind[r] < rows && (behind[r] < 0 || behind[behind[r]] < 0), "row ", r, " cannot continue row ", behind[r]);
  return {heads, width, pastK.defined() ? pastK.size(2) : 0, &starts, &behind, half ? kernels::Type::bfloat16 : kernels::Type::float32,
          pointer(q), pointer(k), pointer(v), pointer(pastK), pointer(pastV), at::get_num_threads()};
}

at::Tensor compute(const kernels::Attention &a, const kernels::Dropout &dropout, const at::Tensor &q, const at::Tensor &logSums) {
  RECORD_FUNCTION("xpt::attention", std::vector<c10::IValue>{});
  auto out = at::empty_like(q);
  kernels::table().attention(a, dropout, out.data_ptr(), static_cast<float *>(pointer(logSums)));
  return out;
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const c10::optional<at::Tensor> &pastKeys,
                            const c10::optional<at::Tensor> &pastValues, std::vector<int64_t> starts, int64_t heads, double p) {
    auto pastK = pastKeys.value_or(at::Tensor()), pastV = pastValues.value_or(at::Tensor());
    auto dropout = p > 0 ? draw_dropout(p) : kernels::Dropout{};
    auto logSums = at::empty({heads, q.size(0)}, q.options().dtype(at::kFloat));
    auto out = compute(argumentsOf(q, k, v, pastK, pastV, starts, none, heads), dropout, q, logSums);
    ctx->save_for_backward({q, k, v, pastK, pastV, logSums});
    ctx->saved_data["starts"] = starts;
    ctx->saved_data["heads"] = heads;
    save_dropout(ctx, dropout);
    return out;
  }

  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    auto starts = ctx->saved_data["starts"].toIntVector();
    auto &q = saved[0];
    auto a = argumentsOf(q, saved[1], saved[2], saved[3], saved[4], starts, none, ctx->saved_data["heads"].toInt());
    auto dq = at::empty_like(q), dk = at::empty_like(q), dv = at::empty_like(q);
    at::Tensor dPastK, dPastV;
    if (a.past > 0) {
      const int64_t rows = static_cast<int64_t>(starts.size()) - 1;
      dPastK = at::empty({std::min(kernels::kGradientParts, rows), a.heads, a.past, a.width}, q.options().dtype(at::kFloat));
      dPastV = at::empty_like(dPastK);
    }
    auto grad = grads[0].contiguous();
    kernels::table().attentionBackward(a, saved_dropout(ctx), saved[5].data_ptr<float>(), grad.data_ptr(), dq.data_ptr(), dk.data_ptr(), dv.data_ptr(),
                                       static_cast<float *>(pointer(dPastK)), static_cast<float *>(pointer(dPastV)));
    auto sum = [&](const at::Tensor &parts) { return parts.defined() ? parts.sum(0, true).to(q.scalar_type()) : parts; };
    return {dq, dk, dv, sum(dPastK), sum(dPastV), {}, {}, {}};
  }
};

} // namespace

// Causal attention of rows of different length, packed one after the other: q,
// k, v [N, H * head_dim], starts the first token of each row and N at the end.
// behind names for each row another that its tokens continue, -1 for none, which
// then continues none itself; it may be empty, and must be where gradients are
// wanted.
// past_k and past_v [1, H, P, head_dim], which all rows see, may be undefined.
// p is the probability of attention dropout. The result is [N, H * head_dim]. On
// the CPU, in float32 or, where the processor multiplies it and head_dim is
// even, in bfloat16; sums and weights are float32.
at::Tensor xpt_packed_attention(const at::Tensor &q_, const at::Tensor &k_, const at::Tensor &v_, const at::Tensor &past_k_, const at::Tensor &past_v_,
                                const std::vector<int64_t> &starts, const std::vector<int64_t> &behind, int64_t heads, double p) {
  auto q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous(), past_k = contiguous(past_k_), past_v = contiguous(past_v_);
  bool wanted = q.requires_grad() || k.requires_grad() || v.requires_grad() || (past_k.defined() && (past_k.requires_grad() || past_v.requires_grad()));
  if (at::GradMode::is_enabled() && wanted) {
    TORCH_CHECK(behind.empty(), "rows that continue others have no gradients");
    return PackedAttention::apply(q, k, v, given(past_k), given(past_v), starts, heads, p);
  }
  return compute(argumentsOf(q, k, v, past_k, past_v, starts, behind, heads), p > 0 ? draw_dropout(p) : kernels::Dropout{}, q, {});
}
