// The kernels that xpt brings with it, on plain memory: they know nothing of
// libtorch. Each is compiled for every tier of processors. This header is compiled
// into the fitted copy of gotch too, which gets a table of them (see ../native).
#pragma once
#include "types.h"

#include <vector>

namespace kernels {

enum class Type { float32, float16, bfloat16 }; // how numbers are stored

// Gemm is y = x w^T + bias of a linear layer or one of its gradients.
struct Gemm {
  int64_t m, n, k;
  const void *x;    // [m, k], or [k, m] where xTransposed, which takes float32
  const void *w;    // [n, k], or [k, n] where wTransposed
  const void *bias; // [n], or null
  void *y;          // [m, n]
  Type type;        // of x, bias and y: float32, or bfloat16 where the tier has it
  Type stored;      // of w
  bool xTransposed, wTransposed;
  int64_t threads;
};

constexpr int64_t kMostRows = 16; // of fewRows

// Attention is causal attention of packed rows of different length; numbers are
// float32 or bfloat16, sums and weights float32.
struct Attention {
  int64_t heads, width, past; // width is head_dim, past the length of the shared past
  const std::vector<int64_t> *starts; // the first token of each row, and N at the end
  const std::vector<int64_t> *prefixRow; // for each row the index of another, whose tokens come before its own, or -1; may be empty
  Type type;
  const void *q, *k, *v;       // [N, heads * width]
  const void *pastK, *pastV;   // [heads, past, width]
  int64_t threads;
};

// Dropout decides which elements a call zeroes.
struct Dropout {
  uint64_t key = 0;
  uint32_t below = 0; // 0: none is
  float scale = 1;    // of what stays
};

// AdamW is the numbers of an update in the form that its elements need them.
struct AdamW {
  float keep, w1, beta2, w2, root2, eps, rate, clip;
};

constexpr int64_t kGradientParts = 4; // that the gradient of a past is summed up from, at the most

struct Table {
  void (*gemm)(const Gemm &);
  void (*fewRows)(const Gemm &); // m up to kMostRows, k a multiple of 32, nothing transposed
  // out [N, heads * width]; logSums [heads, N] for the backward pass, or null.
  void (*attention)(const Attention &, const Dropout &, void *out, float *logSums);
  // dPastK and dPastV [kGradientParts or the number of rows, heads, past, width] are to be summed up.
  void (*attentionBackward)(const Attention &, const Dropout &, const float *logSums, const void *grad, void *dq, void *dk, void *dv, float *dPastK, float *dPastV);
  // y = dropout(x), added to base unless that is null.
  void (*dropout)(const Dropout &, Type, const void *base, const void *x, void *y, int64_t n, int64_t threads);
  void (*adamw)(const AdamW &, float *p, float *m, float *v, const float *g, int64_t n, int64_t threads);
  // Of the n rows of a table [.., d] that ids name: the gradient of each, null for zeros. decayRows only decays them.
  void (*adamwRows)(const AdamW &, float *p, float *m, float *v, const float *const *gradients, const int64_t *ids, int64_t n, int64_t d, int64_t threads);
  void (*decayRows)(const AdamW &, float *p, const int64_t *ids, int64_t n, int64_t d, int64_t threads);
  bool pairs; // whether bfloat16 is multiplied
};

// The tiers, each with all that those before it on its architecture have.
enum class Tier { plain, avx2, avx512, avx512bf16, amx, neon, neonbf16 };

Tier tier();          // in use: the highest that the processor has and no environment variable forbids
const Table &table(); // of that tier
} // namespace kernels
