// Flash attention with a shared past.
#pragma once
#include "autograd.h"

#include <torch/csrc/api/include/torch/version.h>

namespace xpt {

// libtorch before 2.2 has other signatures, or no flash kernel.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)

// Part is attention to a part of the keys: the output [B, H, T, head_dim] and the log-sum-exp of the scores [B, H, T]. seed
// and offset are those of a GPU's dropout.
struct Part {
  at::Tensor out, log_sum, seed, offset;
};

Part attend(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, bool causal, double dropout) {
  if (q.is_cpu()) {
    auto [out, log_sum] = at::_scaled_dot_product_flash_attention_for_cpu(q, k, v, dropout, causal);
    return {out, log_sum, {}, {}};
  }
  auto got = at::_scaled_dot_product_flash_attention(q, k, v, dropout, causal);
  return {std::get<0>(got), std::get<1>(got), std::get<6>(got), std::get<7>(got)};
}

// attendBackward returns the gradients of q, k and v for a part of the keys. all has the output and log-sum-exp over all
// keys, which make the weights and their gradients those of the whole attention.
std::tuple<at::Tensor, at::Tensor, at::Tensor> attendBackward(const at::Tensor &grad, const at::Tensor &q, const at::Tensor &k,
                                                              const at::Tensor &v, const Part &all, bool causal, double dropout) {
  if (q.is_cpu())
    return at::_scaled_dot_product_flash_attention_for_cpu_backward(grad, q, k, v, all.out, all.log_sum, dropout, causal);
  return at::_scaled_dot_product_flash_attention_backward(grad, q, k, v, all.out, all.log_sum, {}, {}, q.size(2), k.size(2),
                                                          dropout, causal, all.seed, all.offset);
}

// oneRow views [B, H, T, ...] as one row [1, H, B * T, ...]; projections put heads after tokens in memory.
at::Tensor oneRow(const at::Tensor &x) { return x.transpose(1, 2).flatten(0, 1).unsqueeze(0).transpose(1, 2); }

// rows is the inverse of oneRow.
at::Tensor rows(const at::Tensor &x, int64_t n) { return x.transpose(1, 2).unflatten(1, {n, -1}).squeeze(0).transpose(1, 2); }

struct FlashAttention : torch::autograd::Function<FlashAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                            const at::Tensor &past_k, const at::Tensor &past_v, double dropout) {
    auto own = attend(q, k, v, true, dropout), past = attend(oneRow(q), past_k, past_v, false, dropout);
    auto past_sum = rows(past.log_sum, q.size(0)), past_out = rows(past.out, q.size(0));
    auto log_sum = at::logaddexp(own.log_sum, past_sum).contiguous();
    auto share = at::sigmoid(past_sum - own.log_sum).unsqueeze(-1); // the past's share of the weights
    auto out = at::lerp(own.out.to(at::kFloat), past_out.to(at::kFloat), share).to(q.scalar_type());
    ctx->save_for_backward({q, k, v, past_k, past_v, out, log_sum, own.seed, own.offset, past.seed, past.offset});
    ctx->saved_data["dropout"] = dropout;
    return out;
  }

  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    double dropout = ctx->saved_data["dropout"].toDouble();
    auto &q = saved[0], &out = saved[5], &log_sum = saved[6], &grad = grads[0];
    auto [dq, dk, dv] = attendBackward(grad, q, saved[1], saved[2], {out, log_sum, saved[7], saved[8]}, true, dropout);
    Part past{oneRow(out), oneRow(log_sum).contiguous(), saved[9], saved[10]};
    auto [dq_past, dk_past, dv_past] = attendBackward(oneRow(grad), oneRow(q), saved[3], saved[4], past, false, dropout);
    return {dq + rows(dq_past, q.size(0)), dk, dv, dk_past, dv_past, {}};
  }
};

// flashServes tells whether to use flashAttention: on a GPU, in a half type, if libtorch has a suitable flash kernel.
bool flashServes(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double dropout) {
  bool half = q.scalar_type() == at::kHalf || q.scalar_type() == at::kBFloat16;
  if (!q.is_cuda() || !half || q.size(3) % 8 != 0) return false; // the kernels need multiples of 8
  auto choice = at::_fused_sdp_choice(q, k, v, {}, dropout, true);
  const int64_t flash = 1, cudnn = 3; // of at::SDPBackend; cuDNN's choice implies that flash is possible
  return choice == flash || choice == cudnn;
}

// flashAttention is causal attention of q, k, v [B, H, T, head_dim] with the shared past past_k, past_v [1, H, P, head_dim].
// dropout is the probability of attention dropout. The result is [B, H, T, head_dim].
//
// The rows' own tokens and the past are two calls of a flash kernel (Dao et al. 2022, arXiv 2205.14135), merged by their
// log-sum-exp like the blocks of ring attention (Liu et al. 2023, arXiv 2310.01889). So the past needs neither a copy for
// each row nor a mask, and its gradients are summed over rows by the kernel.
at::Tensor flashAttention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &past_k,
                          const at::Tensor &past_v, double dropout) {
  return FlashAttention::apply(q, k, v, past_k, past_v, dropout);
}

#else

bool flashServes(const at::Tensor &, const at::Tensor &, const at::Tensor &, double) { return false; }

at::Tensor flashAttention(const at::Tensor &, const at::Tensor &, const at::Tensor &, const at::Tensor &, const at::Tensor &,
                          double) {
  TORCH_CHECK(false, "flash attention behind a past needs libtorch 2.2 or newer");
}

#endif

} // namespace xpt
