#pragma once
#include <ATen/ATen.h>

// Whether xpt_flash_attention is to be used for them: on a GPU, in a half type,
// where libtorch has a flash kernel that serves.
bool xpt_flash_serves(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double dropout);

// Causal attention of q, k, v [B, H, T, head_dim] behind past_k and past_v
// [1, H, P, head_dim], which all rows see whole. dropout is the probability
// that a weight of attention falls out. The result is [B, H, T, head_dim].
//
// The rows' own tokens and the past are two calls of a flash kernel (Dao et al.
// 2022, arXiv 2205.14135), merged by the logarithms of their sums as the blocks
// of ring attention are (Liu et al. 2023, arXiv 2310.01889). So the past is
// neither copied for each row nor shut out by a mask, and its gradients are sums
// over rows as they come.
at::Tensor xpt_flash_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &past_k, const at::Tensor &past_v,
                               double dropout);
