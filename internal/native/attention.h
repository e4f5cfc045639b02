// Attention of packed rows.
#pragma once
#include "autograd.h"
#include "dropout.h"
#include "table.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <vector>

namespace xpt {

const std::vector<int64_t> none;

void *pointer(const at::Tensor &t) { return t.defined() ? t.data_ptr() : nullptr; }

at::Tensor contiguous(const at::Tensor &t) { return t.defined() ? t.contiguous() : t; }

kernels::Attention argumentsOf(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &pastK,
                               const at::Tensor &pastV, const std::vector<int64_t> &starts,
                               const std::vector<int64_t> &prefixRow, int64_t heads) {
  TORCH_CHECK(q.dim() == 2 && heads > 0 && q.size(1) % heads == 0 && q.is_cpu(), //
              "queries ", q.sizes(), " on ", q.device(), " for ", heads, " heads");
  const int64_t width = q.size(1) / heads;
  auto like = [&](const at::Tensor &t) { return t.scalar_type() == q.scalar_type() && t.is_cpu(); };
  TORCH_CHECK(like(k) && like(v) && k.sizes() == q.sizes() && v.sizes() == q.sizes(), //
              "keys ", k.sizes(), " and values ", v.sizes(), " for queries ", q.sizes());
  TORCH_CHECK(pastK.defined() == pastV.defined(), "past keys without past values, or values without keys");
  if (pastK.defined())
    TORCH_CHECK(like(pastK) && like(pastV) && pastK.dim() == 4 && pastK.size(0) == 1 && pastK.size(1) == heads &&
                    pastK.size(3) == width && pastV.sizes() == pastK.sizes(),
                "past keys ", pastK.sizes(), " and values ", pastV.sizes(), " for ", heads, " heads of ", width);
  const bool ordered = std::is_sorted(starts.begin(), starts.end());
  TORCH_CHECK(!starts.empty() && starts.front() == 0 && starts.back() == q.size(0) && ordered,
              "rows that do not begin at 0, end at ", q.size(0), " and follow one another");
  const bool half = q.scalar_type() == at::kBFloat16;
  TORCH_CHECK(half ? kernelTable->pairs && width % 2 == 0 : q.scalar_type() == at::kFloat, //
              "this processor has no attention in ", q.scalar_type(), " with head_dim ", width);
  const auto rows = static_cast<int64_t>(prefixRow.size());
  for (int64_t r = 0; r < rows; r++)
    TORCH_CHECK(prefixRow[r] < rows && (prefixRow[r] < 0 || prefixRow[prefixRow[r]] < 0), //
                "row ", r, " cannot continue row ", prefixRow[r]);
  const auto type = half ? kernels::Type::bfloat16 : kernels::Type::float32;
  const int64_t past = pastK.defined() ? pastK.size(2) : 0;
  return {heads, width, past, &starts, &prefixRow, type,
          pointer(q), pointer(k), pointer(v), pointer(pastK), pointer(pastV), at::get_num_threads()};
}

// placed is a with the place of its rows in a larger batch: first token, tokens, longest row; see kernels::Attention.
kernels::Attention placed(kernels::Attention a, const std::vector<int64_t> &place) {
  a.firstToken = place[0], a.allTokens = place[1], a.longestRow = place[2];
  return a;
}

at::Tensor compute(const kernels::Attention &a, const kernels::Dropout &dropout, const at::Tensor &q, const at::Tensor &logSums) {
  RECORD_FUNCTION("xpt::attention", std::vector<c10::IValue>{});
  auto out = at::empty_like(q);
  kernelTable->attention(a, dropout, out.data_ptr(), static_cast<float *>(pointer(logSums)));
  return out;
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                            const c10::optional<at::Tensor> &pastKeys, const c10::optional<at::Tensor> &pastValues,
                            std::vector<int64_t> starts, int64_t heads, double p, std::vector<int64_t> place) {
    auto pastK = pastKeys.value_or(at::Tensor()), pastV = pastValues.value_or(at::Tensor());
    auto dropout = p > 0 ? drawDropout(p, 0) : kernels::Dropout{};
    auto logSums = at::empty({heads, q.size(0)}, q.options().dtype(at::kFloat));
    auto out = compute(placed(argumentsOf(q, k, v, pastK, pastV, starts, none, heads), place), dropout, q, logSums);
    ctx->save_for_backward({q, k, v, pastK, pastV, logSums});
    ctx->saved_data["starts"] = starts;
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["place"] = place;
    saveDropout(ctx, dropout);
    return out;
  }

  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    auto starts = ctx->saved_data["starts"].toIntVector();
    auto &q = saved[0];
    auto a = placed(argumentsOf(q, saved[1], saved[2], saved[3], saved[4], starts, none, ctx->saved_data["heads"].toInt()),
                    ctx->saved_data["place"].toIntVector());
    auto dq = at::empty_like(q), dk = at::empty_like(q), dv = at::empty_like(q);
    at::Tensor dPastK, dPastV;
    if (a.past > 0) {
      const int64_t rows = static_cast<int64_t>(starts.size()) - 1;
      dPastK = at::empty({std::min(kernels::kGradientParts, rows), a.heads, a.past, a.width}, q.options().dtype(at::kFloat));
      dPastV = at::empty_like(dPastK);
    }
    auto grad = grads[0].contiguous();
    kernelTable->attentionBackward(a, savedDropout(ctx), saved[5].data_ptr<float>(), grad.data_ptr(), dq.data_ptr(),
                                   dk.data_ptr(), dv.data_ptr(), static_cast<float *>(pointer(dPastK)),
                                   static_cast<float *>(pointer(dPastV)));
    auto sum = [&](const at::Tensor &parts) { return parts.defined() ? parts.sum(0, true).to(q.scalar_type()) : parts; };
    return {dq, dk, dv, sum(dPastK), sum(dPastV), {}, {}, {}, {}};
  }
};

// packedAttention is causal attention of rows of different lengths, packed one after another, with p the probability of
// attention dropout. q, k, v and the result are [N, H * head_dim]; starts holds the first token of each row, and N. prefixRow
// holds for each row the index of the row whose tokens precede its own, or -1; that row has no prefix row itself. prefixRow
// may be empty, and must be for gradients. The shared past past_k, past_v [1, H, P, head_dim] may be undefined. On the CPU,
// in float32 or, if the processor multiplies it and head_dim is even, bfloat16; sums and weights are float32. place is that of
// the rows, see placed.
at::Tensor packedAttention(const at::Tensor &q_, const at::Tensor &k_, const at::Tensor &v_, const at::Tensor &past_k_,
                           const at::Tensor &past_v_, const std::vector<int64_t> &starts, const std::vector<int64_t> &prefixRow,
                           int64_t heads, double p, const std::vector<int64_t> &place) {
  TORCH_CHECK(p >= 0 && p < 1, "attention dropout of ", p);
  auto q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous(), past_k = contiguous(past_k_), past_v = contiguous(past_v_);
  bool wanted = q.requires_grad() || k.requires_grad() || v.requires_grad();
  wanted = wanted || (past_k.defined() && (past_k.requires_grad() || past_v.requires_grad()));
  if (at::GradMode::is_enabled() && wanted) {
    TORCH_CHECK(prefixRow.empty(), "rows that continue others have no gradients");
    return PackedAttention::apply(q, k, v, toOptional(past_k), toOptional(past_v), starts, heads, p, place);
  }
  const auto dropout = p > 0 ? drawDropout(p, 0) : kernels::Dropout{};
  return compute(placed(argumentsOf(q, k, v, past_k, past_v, starts, prefixRow, heads), place), dropout, q, {});
}

} // namespace xpt
