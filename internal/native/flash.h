// Attention of packed rows by libtorch's flash kernels.
#pragma once
#include "autograd.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/record_function.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace xpt {

// PackedRows are rows packed one after another. The first rows may be prefixes that rows after them continue: the queries of
// groups[g] to groups[g+1] see all of row g, and their own row.
struct PackedRows {
  std::vector<int64_t> starts; // the first token of each row, and their end
  std::vector<int64_t> groups; // empty where no row continues another
  at::Tensor cumulative;       // starts, then groups counted from groups[0]: int32 on the GPU, undefined on the CPU
};

// libtorch before 2.2 has other signatures, or no flash kernel.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
#define XPT_FLASH

// Part is attention to a part of the keys: the output [N, H, head_dim] and the log-sum-exp of the scores [H, N]. seed and
// offset are those of a GPU's dropout.
struct Part {
  at::Tensor out, log_sum, seed, offset;
};

// Segments are consecutive rows of a packed tensor: their starts, from 0 on, and the same on the GPU.
struct Segments {
  std::vector<int64_t> starts;
  at::Tensor cumulative;
  int64_t longest() const {
    int64_t most = 0;
    for (size_t i = 1; i < starts.size(); i++) most = std::max(most, starts[i] - starts[i - 1]);
    return most;
  }
};

at::Tensor headsFirst(const at::Tensor &x) { return x.transpose(-3, -2); } // and its own inverse

// attendDense takes q [B, T, H, head_dim] and k, v [B, S, H, head_dim]; log_sum is [B, H, T].
Part attendDense(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, bool causal, double dropout) {
  if (q.is_cpu()) {
    auto [out, log_sum] =
        at::_scaled_dot_product_flash_attention_for_cpu(headsFirst(q), headsFirst(k), headsFirst(v), dropout, causal);
    return {headsFirst(out), log_sum, {}, {}};
  }
  auto got = at::_flash_attention_forward(q, k, v, {}, {}, q.size(1), k.size(1), dropout, causal, false);
  return {std::get<0>(got), std::get<1>(got), std::get<2>(got), std::get<3>(got)};
}

using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>; // of q, k and v

// denseGradients are those of attendDense. all has the output and log-sum-exp over all keys, not this part's alone, which make
// the weights and their gradients those of the whole attention.
Gradients denseGradients(const at::Tensor &grad, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Part &all,
                         bool causal, double dropout) {
  if (q.is_cpu()) {
    auto [dq, dk, dv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
        headsFirst(grad), headsFirst(q), headsFirst(k), headsFirst(v), headsFirst(all.out), all.log_sum, dropout, causal);
    return {headsFirst(dq), headsFirst(dk), headsFirst(dv)};
  }
  return at::_flash_attention_backward(grad, q, k, v, all.out, all.log_sum, {}, {}, q.size(1), k.size(1), dropout, causal,
                                       all.seed, all.offset);
}

// attendSegments takes packed q [N, H, head_dim] and k, v [M, H, head_dim]; segment i of the queries sees segment i of the keys.
Part attendSegments(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Segments &queries, const Segments &keys,
                    bool causal, double dropout) {
  if (!q.is_cpu()) {
    auto got = at::_flash_attention_forward(q, k, v, queries.cumulative, keys.cumulative, queries.longest(), keys.longest(),
                                            dropout, causal, false);
    return {std::get<0>(got), std::get<1>(got), std::get<2>(got), std::get<3>(got)};
  }
  std::vector<at::Tensor> outs, sums;
  for (size_t i = 0; i + 1 < queries.starts.size(); i++) {
    auto of = [i](const at::Tensor &x, const Segments &s) { return x.slice(0, s.starts[i], s.starts[i + 1]).unsqueeze(0); };
    auto part = attendDense(of(q, queries), of(k, keys), of(v, keys), causal, dropout);
    outs.push_back(part.out.squeeze(0));
    sums.push_back(part.log_sum.squeeze(0));
  }
  return {at::cat(outs), at::cat(sums, 1), {}, {}};
}

Gradients segmentGradients(const at::Tensor &grad, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const Part &all,
                           const Segments &queries, const Segments &keys, bool causal, double dropout) {
  if (!q.is_cpu())
    return at::_flash_attention_backward(grad, q, k, v, all.out, all.log_sum, queries.cumulative, keys.cumulative,
                                         queries.longest(), keys.longest(), dropout, causal, all.seed, all.offset);
  std::vector<at::Tensor> dqs, dks, dvs;
  for (size_t i = 0; i + 1 < queries.starts.size(); i++) {
    auto of = [i](const at::Tensor &x, const Segments &s) { return x.slice(0, s.starts[i], s.starts[i + 1]).unsqueeze(0); };
    Part own{of(all.out, queries), all.log_sum.slice(1, queries.starts[i], queries.starts[i + 1]).unsqueeze(0).contiguous(), {}, {}};
    auto [dq, dk, dv] = denseGradients(of(grad, queries), of(q, queries), of(k, keys), of(v, keys), own, causal, dropout);
    dqs.push_back(dq.squeeze(0)), dks.push_back(dk.squeeze(0)), dvs.push_back(dv.squeeze(0));
  }
  return {at::cat(dqs), at::cat(dks), at::cat(dvs)};
}

// Span is queries that see keys before their own row's: those of the past, or of rows that they continue.
struct Span {
  int64_t from, n; // its queries
  // Equal parts that the queries of one row of keys are computed in; 0: they are segments.
  int64_t chunks;
  bool past;
};

// A kernel computes the gradients of a short row of keys in one block a head, which leaves most of a GPU idle over many queries.
const int64_t manyQueries = 2048, chunksOfMany = 8;

void addSpans(std::vector<Span> &spans, int64_t from, int64_t n, bool past) {
  const int64_t even = n < manyQueries ? 0 : n / chunksOfMany * chunksOfMany;
  if (even > 0) spans.push_back({from, even, chunksOfMany, past});
  if (n > even) spans.push_back({from + even, n - even, 1, past});
}

// FlashRows is what the calls of the kernels need, on views [N, H, head_dim] of packed tensors.
struct FlashRows {
  Segments own, queries, keys; // rows; those that continue others by group, and what they continue
  std::vector<Span> spans;

  FlashRows(const PackedRows &rows, bool past) {
    auto slice = [&](int64_t from, int64_t n) {
      return rows.cumulative.defined() ? rows.cumulative.narrow(0, from, n) : rows.cumulative;
    };
    const auto ends = static_cast<int64_t>(rows.starts.size()), groups = static_cast<int64_t>(rows.groups.size());
    own = {rows.starts, slice(0, ends)};
    if (past) addSpans(spans, 0, rows.starts.back(), true);
    if (groups == 2) addSpans(spans, rows.groups[0], rows.groups[1] - rows.groups[0], false);
    if (groups > 1) keys = {{rows.starts.begin(), rows.starts.begin() + groups}, slice(0, groups)};
    if (groups <= 2) return;
    for (auto at : rows.groups) queries.starts.push_back(at - rows.groups[0]);
    queries.cumulative = slice(ends, groups);
    spans.push_back({rows.groups[0], queries.starts.back(), 0, false});
  }

  int64_t prefixTokens() const { return keys.starts.empty() ? 0 : keys.starts.back(); }

  Part attend(const Span &span, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double dropout) const {
    auto seeing = q.narrow(0, span.from, span.n);
    if (span.chunks == 0) return attendSegments(seeing, k, v, queries, keys, false, dropout);
    auto part = attendDense(seeing.unflatten(0, {span.chunks, -1}), shared(k, span), shared(v, span), false, dropout);
    return {part.out.flatten(0, 1), part.log_sum.transpose(0, 1).flatten(1), part.seed, part.offset};
  }

  // gradients: of the span's queries, and of all that they see.
  Gradients gradients(const Span &span, const at::Tensor &grad, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                      const Part &all, double dropout) const {
    auto of = [&](const at::Tensor &x) { return x.narrow(0, span.from, span.n); };
    auto sums = all.log_sum.narrow(1, span.from, span.n);
    if (span.chunks == 0)
      return segmentGradients(of(grad), of(q), k, v, {of(all.out), sums.contiguous(), all.seed, all.offset}, queries, keys, false,
                              dropout);
    auto chunked = [&](const at::Tensor &x) { return of(x).unflatten(0, {span.chunks, -1}); };
    Part seen{chunked(all.out), sums.unflatten(1, {span.chunks, -1}).transpose(0, 1).contiguous(), all.seed, all.offset};
    auto [dq, dk, dv] = denseGradients(chunked(grad), chunked(q), shared(k, span), shared(v, span), seen, false, dropout);
    auto sum = [&](const at::Tensor &x) { return span.chunks == 1 ? x.squeeze(0) : x.sum(0); };
    return {dq.flatten(0, 1), sum(dk), sum(dv)};
  }

  static at::Tensor shared(const at::Tensor &x, const Span &span) { return x.unsqueeze(0).expand({span.chunks, -1, -1, -1}); }
};

// merge adds what a span's queries see to all, by the log-sum-exp of both.
void merge(Part &all, const Part &part, const Span &span) {
  auto out = all.out.narrow(0, span.from, span.n), sums = all.log_sum.narrow(1, span.from, span.n);
  auto share = at::empty(part.log_sum.sizes(), out.options()); // of the weights
  at::sigmoid_out(share, part.log_sum - sums);
  out.lerp_(part.out, share.t().unsqueeze(-1));
  at::logaddexp_out(sums, sums, part.log_sum);
}

struct FlashAttention : torch::autograd::Function<FlashAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q_, const at::Tensor &k_, const at::Tensor &v_,
                            const c10::optional<at::Tensor> &past_k, const c10::optional<at::Tensor> &past_v,
                            const c10::optional<at::Tensor> &cumulative, std::vector<int64_t> starts, std::vector<int64_t> groups,
                            int64_t heads, double dropout) {
    RECORD_FUNCTION("xpt::flash_attention", std::vector<c10::IValue>{});
    at::AutoDispatchBelowADInplaceOrView views; // are many and cost the host more where autograd keeps account of them
    const FlashRows rows({starts, groups, cumulative.value_or(at::Tensor())}, past_k.has_value());
    auto split = [&](const at::Tensor &x) { return x.unflatten(1, {heads, -1}); };
    auto q = split(q_), k = split(k_), v = split(v_);
    auto all = attendSegments(q, k, v, rows.own, rows.own, true, dropout);
    variable_list saved = {q_, k_, v_, past_k.value_or(at::Tensor()), past_v.value_or(at::Tensor()),
                           cumulative.value_or(at::Tensor()), {}, {}, all.seed, all.offset};
    for (auto &span : rows.spans) {
      auto part = rows.attend(span, q, span.past ? packed(*past_k) : k.narrow(0, 0, rows.prefixTokens()),
                              span.past ? packed(*past_v) : v.narrow(0, 0, rows.prefixTokens()), dropout);
      merge(all, part, span);
      saved.push_back(part.seed), saved.push_back(part.offset);
    }
    auto out = all.out.flatten(1);
    saved[6] = out, saved[7] = all.log_sum;
    ctx->save_for_backward(saved);
    ctx->saved_data["starts"] = starts;
    ctx->saved_data["groups"] = groups;
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["dropout"] = dropout;
    return out;
  }

  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    RECORD_FUNCTION("xpt::flash_attention_backward", std::vector<c10::IValue>{});
    at::AutoDispatchBelowADInplaceOrView views;
    auto saved = ctx->get_saved_variables();
    const bool past = saved[3].defined();
    const FlashRows rows({ctx->saved_data["starts"].toIntVector(), ctx->saved_data["groups"].toIntVector(), saved[5]}, past);
    const int64_t heads = ctx->saved_data["heads"].toInt(), prefix = rows.prefixTokens();
    const double dropout = ctx->saved_data["dropout"].toDouble();
    auto split = [&](const at::Tensor &x) { return x.unflatten(1, {heads, -1}); };
    auto q = split(saved[0]), k = split(saved[1]), v = split(saved[2]), grad = split(grads[0].contiguous()), out = split(saved[6]);
    auto [dq, dk, dv] =
        segmentGradients(grad, q, k, v, {out, saved[7], saved[8], saved[9]}, rows.own, rows.own, true, dropout);
    at::Tensor past_dk, past_dv;
    for (size_t i = 0; i < rows.spans.size(); i++) {
      auto &span = rows.spans[i];
      const Part all{out, saved[7], saved[10 + 2 * i], saved[11 + 2 * i]};
      auto [span_dq, span_dk, span_dv] =
          rows.gradients(span, grad, q, span.past ? packed(saved[3]) : k.narrow(0, 0, prefix),
                         span.past ? packed(saved[4]) : v.narrow(0, 0, prefix), all, dropout);
      dq.narrow(0, span.from, span.n).add_(span_dq);
      if (!span.past) {
        dk.narrow(0, 0, prefix).add_(span_dk), dv.narrow(0, 0, prefix).add_(span_dv);
      } else {
        past_dk = past_dk.defined() ? past_dk + span_dk : span_dk;
        past_dv = past_dv.defined() ? past_dv + span_dv : span_dv;
      }
    }
    auto unpacked = [](const at::Tensor &x) { return x.defined() ? x.transpose(0, 1).unsqueeze(0) : x; };
    return {dq.flatten(1), dk.flatten(1), dv.flatten(1), unpacked(past_dk), unpacked(past_dv), {}, {}, {}, {}, {}};
  }

  // packed views a past [1, H, P, head_dim] as [P, H, head_dim].
  static at::Tensor packed(const at::Tensor &past) { return past.squeeze(0).transpose(0, 1); }
};

// flashAttention is causal attention of packed rows, q, k, v and the result [N, H * head_dim], behind a past
// [1, H, P, head_dim], which may be undefined. dropout is the probability of attention dropout, 0 on the CPU.
//
// A row's own tokens, the past and the rows that are continued are calls of a flash kernel (Dao et al. 2022, arXiv 2205.14135)
// each, merged by their log-sum-exp like the blocks of ring attention (Liu et al. 2023, arXiv 2310.01889). So nothing is padded,
// what many rows see needs neither a copy for each nor a mask, and its gradients are summed over rows by the kernel.
at::Tensor flashAttention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &past_k,
                          const at::Tensor &past_v, const PackedRows &rows, int64_t heads, double dropout) {
  TORCH_CHECK(q.dim() == 2 && heads > 0 && q.size(1) % heads == 0 && k.sizes() == q.sizes() && v.sizes() == q.sizes(),
              "queries ", q.sizes(), ", keys ", k.sizes(), " and values ", v.sizes(), " for ", heads, " heads");
  TORCH_CHECK(rows.starts.back() == q.size(0), "rows that end at ", rows.starts.back(), " of ", q.size(0), " tokens");
  return FlashAttention::apply(q, k, v, toOptional(past_k), toOptional(past_v), toOptional(rows.cumulative), rows.starts,
                               rows.groups, heads, dropout);
}

// flashServes tells whether flashAttention computes a type and head size on a GPU: libtorch's kernels need an Ampere GPU or a
// newer one, and before libtorch 2.5 or so lay the log-sum-exp of packed rows in another form. Tried on few tokens, against
// attention written out.
bool flashServes(int gpu, at::ScalarType type, int64_t width) {
  at::AutoGradMode no_grad(false);
  try {
    const auto on = at::TensorOptions(at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(gpu)));
    const int64_t n = 6, p = 2;
    auto wave = [&](int64_t rows, double phase) { return at::arange(rows * width, on.dtype(at::kFloat)).add(phase).sin().view({rows, width}); };
    auto q = wave(n, 0), k = wave(n, 1), v = wave(n, 2), past_k = wave(p, 3), past_v = wave(p, 4);
    // Row 0 of two tokens is a prefix of rows 1 and 2, row 3 stands alone.
    const PackedRows rows{{0, 2, 3, 5, 6}, {2, 5}, at::tensor({0, 2, 3, 5, 6, 0, 3}, on.dtype(at::kInt))};
    auto half = [&](const at::Tensor &x) { return x.to(type); };
    auto past = [&](const at::Tensor &x) { return half(x).view({1, 1, p, width}); };
    auto got = flashAttention(half(q), half(k), half(v), past(past_k), past(past_v), rows, 1, 0).to(at::kFloat);
    const float no = -std::numeric_limits<float>::infinity();
    auto hidden = at::tensor({0.f, no, no, no, no, no, 0.f, 0.f, no, no, no, no, 0.f, 0.f, 0.f, no, no, no,
                              0.f, 0.f, no, 0.f, no, no, 0.f, 0.f, no, 0.f, 0.f, no, no, no, no, no, no, 0.f},
                             on.dtype(at::kFloat)).view({n, n});
    auto mask = at::cat({at::zeros({n, p}, on.dtype(at::kFloat)), hidden}, 1);
    auto scores = at::matmul(q, at::cat({past_k, k}).t()) / std::sqrt(static_cast<double>(width)) + mask;
    auto want = at::matmul(at::softmax(scores, 1), at::cat({past_v, v}));
    return (got - want).abs().max().item<float>() < 0.03f;
  } catch (const c10::Error &) {
    return false;
  }
}

#else

bool flashServes(int, at::ScalarType, int64_t) { return false; }

at::Tensor flashAttention(const at::Tensor &, const at::Tensor &, const at::Tensor &, const at::Tensor &, const at::Tensor &,
                          const PackedRows &, int64_t, double) {
  TORCH_CHECK(false, "flash attention of packed rows needs libtorch 2.2 or newer");
}

#endif

} // namespace xpt
