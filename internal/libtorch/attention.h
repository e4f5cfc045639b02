#pragma once
#include <ATen/ATen.h>
#include <vector>

// Causal attention of rows of different length, packed one after the other: q,
// k, v [N, H * head_dim], starts the first token of each row and N at the end.
// behind names for each row another that its tokens continue, -1 for none, which
// then continues none itself; it may be empty, and must be where gradients are
// wanted.
// past_k and past_v [1, H, P, head_dim], which all rows see, may be undefined.
// p is the probability of attention dropout. The result is [N, H * head_dim]. On
// the CPU, in float32 or, where the processor multiplies it and head_dim is
// even, in bfloat16; sums and weights are float32.
at::Tensor xpt_packed_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &past_k, const at::Tensor &past_v,
                                const std::vector<int64_t> &starts, const std::vector<int64_t> &behind, int64_t heads, double p);
