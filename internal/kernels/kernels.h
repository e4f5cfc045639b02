// xpt's kernels, on plain memory and independent of libtorch, compiled for every tier of processors. This header is also compiled
// into the fitted copy of gotch, which gets a table of the kernels (see ../native).
#pragma once
#include "types.h"

#include <vector>

namespace kernels {

enum class Type { float32, float16, bfloat16 }; // of stored numbers

// Gemm is y = x w^T + bias of a linear layer or one of its gradients.
struct Gemm {
  int64_t m, n, k;
  const void *x;    // [m, k], or [k, m] if xTransposed (float32 only)
  const void *w;    // [n, k], or [k, n] if wTransposed
  const void *bias; // [n], or null
  void *y;          // [m, n]
  Type type;        // of x, bias and y: float32, or bfloat16 if the tier has it
  Type stored;      // of w
  bool xTransposed, wTransposed;
  int64_t threads;
};

constexpr int64_t kMostRows = 16; // limit of fewRows

// Attention is causal attention of packed rows of different lengths, in float32 or bfloat16; sums and weights are float32.
struct Attention {
  int64_t heads, width, past; // width is head_dim, past the length of the shared past
  const std::vector<int64_t> *starts; // the first token of each row, and N at the end
  const std::vector<int64_t> *prefixRow; // for each row the index of the row whose tokens precede its own, or -1; may be empty
  Type type;
  const void *q, *k, *v;       // [N, heads * width]
  const void *pastK, *pastV;   // [heads, past, width]
  int64_t threads;
  // The batch that the rows are a part of, which the dropout mask is of: the number of their first token in it, its tokens and
  // its longest row; zeros where they are all of it.
  int64_t firstToken = 0, allTokens = 0, longestRow = 0;
};

// Dropout is the dropout mask of a call.
struct Dropout {
  uint64_t key = 0;
  uint32_t below = 0; // threshold of zeroed elements; 0: no dropout
  float scale = 1;    // of the other elements
  int64_t first = 0;  // index of the first element in the mask
};

// AdamW holds the factors of an update.
struct AdamW {
  float keep, w1, beta2, w2, root2, eps, rate, clip;
};

constexpr int64_t kGradientParts = 4; // most parts of a past's gradient

struct Table {
  void (*gemm)(const Gemm &);
  void (*fewRows)(const Gemm &); // m up to kMostRows, k a multiple of 32, nothing transposed
  // out [N, heads * width]; logSums [heads, N] for the backward pass, or null.
  void (*attention)(const Attention &, const Dropout &, void *out, float *logSums);
  // dPastK and dPastV [kGradientParts or the number of rows, heads, past, width] are parts that the caller sums.
  void (*attentionBackward)(const Attention &, const Dropout &, const float *logSums, const void *grad, void *dq, void *dk,
                            void *dv, float *dPastK, float *dPastV);
  // y = dropout(x), added to base unless that is null.
  void (*dropout)(const Dropout &, Type, const void *base, const void *x, void *y, int64_t n, int64_t threads);
  void (*adamw)(const AdamW &, float *p, float *m, float *v, const float *g, int64_t n, int64_t threads);
  // Updates n rows of a table [.., d] by ids; a null gradient is zero. decayRows only decays the rows.
  void (*adamwRows)(const AdamW &, float *p, float *m, float *v, const float *const *gradients, const int64_t *ids, int64_t n,
                    int64_t d, int64_t threads);
  void (*decayRows)(const AdamW &, float *p, const int64_t *ids, int64_t n, int64_t d, int64_t threads);
  bool pairs; // whether the tier multiplies bfloat16
};

// The tiers, each a superset of those before it on its architecture.
enum class Tier { plain, avx2, avx512, avx512bf16, amx, neon, neonbf16 };

Tier tier();          // in use: the highest of the processor that no environment variable forbids
const Table &table(); // of that tier
} // namespace kernels
