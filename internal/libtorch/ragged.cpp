// Attention of packed rows, without padding and without a copy of what they
// share. Texts are short: scores of a head fit the nearest cache, and most of
// what separate operations take goes into padding, moving and masking. One
// row's queries at a time meet their keys here, one head after the other, and
// the backward pass computes the weights again from the logarithm of their sum
// (as Dao et al. 2022, arXiv 2205.14135).
#include "ragged.h"
#include "bf16.h"
#include "lots.h"
#include "team.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Matrix is [rows, columns] with steps between them.
struct Matrix {
  const float *data;
  int64_t row, column;
};

// multiply sets c [m, n] to a [m, k] b [k, n], or adds it to c. b and c have
// their columns side by side.
using Multiply = void (*)(int64_t m, int64_t n, int64_t k, Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, bool add);

__attribute__((target_clones("avx2,fma", "default"), optimize("O3"))) void multiplyPlain(int64_t m, int64_t n, int64_t k, Matrix a, const float *b,
                                                                                        int64_t ldb, float *c, int64_t ldc, bool add) {
  for (int64_t i = 0; i < m; i++) {
    float *__restrict to = c + i * ldc;
    if (!add) std::fill(to, to + n, 0.0f);
    for (int64_t l = 0; l < k; l++) {
      float x = a.data[i * a.row + l * a.column];
      const float *__restrict from = b + l * ldb;
      for (int64_t j = 0; j < n; j++) to[j] += x * from[j];
    }
  }
}

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512dq")))

// tile computes R rows and V registers of 16 columns; the last register may be partly masked.
template <int R, int V> AVX512 inline void tile(int64_t k, Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, bool add, __mmask16 last) {
  __m512 sum[R][V];
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int v = 0; v < V; v++) {
      __mmask16 mask = v == V - 1 ? last : 0xffff;
      sum[r][v] = add ? _mm512_maskz_loadu_ps(mask, c + r * ldc + 16 * v) : _mm512_setzero_ps();
    }
  for (int64_t l = 0; l < k; l++) {
    __m512 row[V];
#pragma GCC unroll 32
    for (int v = 0; v < V; v++) row[v] = _mm512_maskz_loadu_ps(v == V - 1 ? last : 0xffff, b + l * ldb + 16 * v);
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
      __m512 x = _mm512_set1_ps(a.data[r * a.row + l * a.column]);
#pragma GCC unroll 32
      for (int v = 0; v < V; v++) sum[r][v] = _mm512_fmadd_ps(x, row[v], sum[r][v]);
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int v = 0; v < V; v++) _mm512_mask_storeu_ps(c + r * ldc + 16 * v, v == V - 1 ? last : 0xffff, sum[r][v]);
}

template <int V> AVX512 void columns(int64_t m, int64_t k, Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, bool add, __mmask16 last) {
  constexpr int R = 6;
  int64_t i = 0;
  auto at = [&](int64_t i) { return Matrix{a.data + i * a.row, a.row, a.column}; };
  for (; i + R <= m; i += R) tile<R, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last);
  switch (m - i) {
  case 5: tile<5, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 4: tile<4, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 3: tile<3, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 2: tile<2, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 1: tile<1, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  }
}

void multiplyAVX512(int64_t m, int64_t n, int64_t k, Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
  for (int64_t j = 0; j < n; j += 64) {
    int64_t width = std::min<int64_t>(64, n - j), registers = (width + 15) / 16;
    auto last = static_cast<__mmask16>(0xffff >> (16 * registers - width));
    switch (registers) {
    case 4: columns<4>(m, k, a, b + j, ldb, c + j, ldc, add, last); break;
    case 3: columns<3>(m, k, a, b + j, ldb, c + j, ldc, add, last); break;
    case 2: columns<2>(m, k, a, b + j, ldb, c + j, ldc, add, last); break;
    default: columns<1>(m, k, a, b + j, ldb, c + j, ldc, add, last);
    }
  }
}
#endif

Multiply multiplier() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return multiplyAVX512;
#endif
  return multiplyPlain;
}

const Multiply multiply = multiplier();

#define VECTORS __attribute__((target_clones("avx512f", "avx2,fma", "default"), optimize("O3")))

// e^x for x <= 0 within 2 units of the last place: a power of two times a
// polynomial (Cephes' expf), in a form that compilers turn into vectors.
inline float expOf(float x) {
  x = x < -87.0f ? -87.0f : x;
  float n = std::floor(x * 1.44269504088896341f + 0.5f);
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float scale;
  __builtin_memcpy(&scale, &bits, 4);
  return p * scale;
}

// A row of scores in, its weights out; returns the logarithm of the sum.
VECTORS float softmax(float *__restrict x, int64_t n, float scale) {
  float top = -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < n; i++) top = std::max(top, x[i]);
  float lanes[16] = {}, shift = top * scale;
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++) {
      x[i + l] = expOf(x[i + l] * scale - shift);
      lanes[l] += x[i + l];
    }
  float sum = 0;
  for (; i < n; i++) sum += x[i] = expOf(x[i] * scale - shift);
  for (float lane : lanes) sum += lane;
  float inverse = 1 / sum;
  for (int64_t i = 0; i < n; i++) x[i] *= inverse;
  return shift + std::log(sum);
}

// The weights again, from the scores and the logarithm of their sum.
VECTORS void weightsAgain(float *__restrict x, int64_t n, float scale, float logSum) {
  for (int64_t i = 0; i < n; i++) x[i] = expOf(x[i] * scale - logSum);
}

VECTORS void drop(float *__restrict x, int64_t n, const Lots lots, int64_t place) {
  for (int64_t i = 0; i < n; i++) x[i] *= lot(lots, place + i);
}

// dropped[i] = w[i] * lot, and g[i] = w[i] * (g[i] * lot - mean) * scale: the gradient of the scores.
VECTORS void scoreGradient(const float *__restrict w, float *__restrict g, float *__restrict dropped, int64_t n, const Lots lots, int64_t place, float mean,
                           float scale) {
  for (int64_t i = 0; i < n; i++) {
    float keep = lot(lots, place + i);
    dropped[i] = w[i] * keep;
    g[i] = w[i] * (g[i] * keep - mean) * scale;
  }
}

VECTORS void scoreGradientWhole(const float *__restrict w, float *__restrict g, int64_t n, float mean, float scale) {
  for (int64_t i = 0; i < n; i++) g[i] = w[i] * (g[i] - mean) * scale;
}

// load reads a slice of [rows, n], whose rows lie step apart, into rows side by side; store is its inverse.
inline void load(const float *from, int64_t step, int64_t rows, int64_t n, float *to) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * n, from + r * step, n * sizeof(float));
}

VECTORS void load(const uint16_t *__restrict from, int64_t step, int64_t rows, int64_t n, float *__restrict to) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < n; i++) to[r * n + i] = widen(from[r * step + i]);
}

inline void store(const float *from, int64_t rows, int64_t n, float *to, int64_t step) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * step, from + r * n, n * sizeof(float));
}

VECTORS void store(const float *__restrict from, int64_t rows, int64_t n, uint16_t *__restrict to, int64_t step) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < n; i++) to[r * step + i] = narrow(from[r * n + i]);
}

// dots sets out[r] to the product of row r of a with row r of b, [rows, n].
VECTORS void dots(const float *__restrict a, const float *__restrict b, int64_t rows, int64_t n, float *__restrict out) {
  for (int64_t r = 0; r < rows; r++) {
    float lanes[16] = {}, sum = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
      for (int l = 0; l < 16; l++) lanes[l] += a[r * n + i + l] * b[r * n + i + l];
    for (; i < n; i++) sum += a[r * n + i] * b[r * n + i];
    for (float lane : lanes) sum += lane;
    out[r] = sum;
  }
}

VECTORS void transpose(const float *__restrict from, int64_t rows, int64_t columns, float *__restrict to, int64_t ld) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) to[c * ld + r] = from[r * columns + c];
}

constexpr int64_t kQueries = 48; // of a block: the scores of one stay in the cache
constexpr int64_t kParts = 4;    // of the rows of a head; a fixed number, so that sums over rows run in one order on any number of threads

struct Shape {
  int64_t heads, width, past, longest; // width is head_dim, longest the most tokens of a row
  const std::vector<int64_t> *starts;
  int64_t rows() const { return static_cast<int64_t>(starts->size()) - 1; }
  int64_t wide() const { return heads * width; }
  int64_t keys() const { return past + longest; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(width)); }
};

// Keys is what one row's queries meet under one head: the past, then its own.
struct Keys {
  std::vector<float> plain, turned; // [S, width], [width, S]
  int64_t ld;
  Keys(const Shape &s) : plain(s.keys() * s.width), turned(s.keys() * s.width), ld(s.keys()) {}
  template <class E> void past(const Shape &s, const E *from) {
    load(from, s.width, s.past, s.width, plain.data());
    transpose(plain.data(), s.past, s.width, turned.data(), ld);
  }
  template <class E> void own(const Shape &s, const E *from, int64_t tokens) {
    float *to = plain.data() + s.past * s.width;
    load(from, s.wide(), tokens, s.width, to);
    transpose(to, tokens, s.width, turned.data() + s.past, ld);
  }
};

// each calls fn for each head and part of the rows, on all cores.
template <class F> void each(const Shape &s, F fn) {
  int64_t parts = std::min(kParts, s.rows());
  parallel(s.heads * parts, 1, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      int64_t part = task % parts;
      fn(task / parts, part, s.rows() * part / parts, s.rows() * (part + 1) / parts);
    }
  });
}

// place is where the weights of a query begin among all, for dropout.
int64_t place(const Shape &s, int64_t head, int64_t token) { return (head * s.starts->back() + token) * s.keys(); }

template <class E> void forward(const Shape &s, const E *q, const E *k, const E *v, const E *pastK, const E *pastV, const Lots &lots, E *out, float *logSums) {
  each(s, [&](int64_t head, int64_t, int64_t firstRow, int64_t endRow) {
    Keys keys(s), values(s);
    if (s.past > 0) {
      keys.past(s, pastK + head * s.past * s.width);
      values.past(s, pastV + head * s.past * s.width);
    }
    std::vector<float> queries(kQueries * s.width), scores(kQueries * s.keys()), result(kQueries * s.width);
    for (int64_t row = firstRow; row < endRow; row++) {
      int64_t start = (*s.starts)[row], tokens = (*s.starts)[row + 1] - start, column = head * s.width;
      keys.own(s, k + start * s.wide() + column, tokens);
      float *ownValues = values.plain.data() + s.past * s.width;
      load(v + start * s.wide() + column, s.wide(), tokens, s.width, ownValues);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        int64_t n = std::min(kQueries, tokens - first), seen = s.past + first + n;
        load(q + (start + first) * s.wide() + column, s.wide(), n, s.width, queries.data());
        multiply(n, seen, s.width, {queries.data(), s.width, 1}, keys.turned.data(), keys.ld, scores.data(), seen, false);
        for (int64_t t = 0; t < n; t++) {
          float *x = scores.data() + t * seen;
          int64_t own = s.past + first + t + 1;
          float logSum = softmax(x, own, s.scale());
          std::fill(x + own, x + seen, 0.0f);
          if (logSums) logSums[head * s.starts->back() + start + first + t] = logSum;
          if (lots.below) drop(x, own, lots, place(s, head, start + first + t));
        }
        multiply(n, s.width, seen, {scores.data(), seen, 1}, values.plain.data(), s.width, result.data(), s.width, false);
        store(result.data(), n, s.width, out + (start + first) * s.wide() + column, s.wide());
      }
    }
  });
}

// The gradients of the past are sums over parts, [parts, H, P, width].
template <class E> void backward(const Shape &s, const E *q, const E *k, const E *v, const E *pastK, const E *pastV, const Lots &lots, const E *out,
                                 const float *logSums, const E *grad, E *dq, E *dk, E *dv, float *dPastK, float *dPastV) {
  each(s, [&](int64_t head, int64_t part, int64_t firstRow, int64_t endRow) {
    Keys keys(s), values(s);
    if (s.past > 0) {
      keys.past(s, pastK + head * s.past * s.width);
      values.past(s, pastV + head * s.past * s.width);
    }
    int64_t all = s.keys() * s.width;
    std::vector<float> queries(kQueries * s.width), gradient(kQueries * s.width), result(kQueries * s.width), weights(kQueries * s.keys()),
        scores(kQueries * s.keys()), dropped(kQueries * s.keys()), toKeys(all), toValues(all);
    for (int64_t row = firstRow; row < endRow; row++) {
      int64_t start = (*s.starts)[row], tokens = (*s.starts)[row + 1] - start, column = head * s.width, pastSize = s.past * s.width;
      keys.own(s, k + start * s.wide() + column, tokens);
      values.own(s, v + start * s.wide() + column, tokens);
      std::fill(toKeys.begin() + pastSize, toKeys.end(), 0.0f); // the past's part goes on adding up
      std::fill(toValues.begin() + pastSize, toValues.end(), 0.0f);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        int64_t n = std::min(kQueries, tokens - first), seen = s.past + first + n;
        float means[kQueries];
        int64_t at = (start + first) * s.wide() + column;
        load(q + at, s.wide(), n, s.width, queries.data());
        load(grad + at, s.wide(), n, s.width, gradient.data());
        load(out + at, s.wide(), n, s.width, result.data());
        dots(gradient.data(), result.data(), n, s.width, means);
        multiply(n, seen, s.width, {queries.data(), s.width, 1}, keys.turned.data(), keys.ld, weights.data(), seen, false);
        multiply(n, seen, s.width, {gradient.data(), s.width, 1}, values.turned.data(), values.ld, scores.data(), seen, false);
        for (int64_t t = 0; t < n; t++) {
          float *w = weights.data() + t * seen, *g = scores.data() + t * seen, *d = dropped.data() + t * seen;
          int64_t own = s.past + first + t + 1, token = start + first + t;
          weightsAgain(w, own, s.scale(), logSums[head * s.starts->back() + token]);
          if (lots.below)
            scoreGradient(w, g, d, own, lots, place(s, head, token), means[t], s.scale());
          else
            scoreGradientWhole(w, g, own, means[t], s.scale());
          std::fill(w + own, w + seen, 0.0f);
          std::fill(g + own, g + seen, 0.0f);
          std::fill(d + own, d + seen, 0.0f);
        }
        const float *kept = lots.below ? dropped.data() : weights.data();
        multiply(n, s.width, seen, {scores.data(), seen, 1}, keys.plain.data(), s.width, result.data(), s.width, false);
        store(result.data(), n, s.width, dq + at, s.wide());
        multiply(seen, s.width, n, {scores.data(), 1, seen}, queries.data(), s.width, toKeys.data(), s.width, true);
        multiply(seen, s.width, n, {kept, 1, seen}, gradient.data(), s.width, toValues.data(), s.width, true);
      }
      store(toKeys.data() + pastSize, tokens, s.width, dk + start * s.wide() + column, s.wide());
      store(toValues.data() + pastSize, tokens, s.width, dv + start * s.wide() + column, s.wide());
    }
    if (s.past > 0) {
      int64_t at = (part * s.heads + head) * s.past * s.width;
      std::memcpy(dPastK + at, toKeys.data(), s.past * s.width * sizeof(float));
      std::memcpy(dPastV + at, toValues.data(), s.past * s.width * sizeof(float));
    }
  });
}

Shape shapeOf(const at::Tensor &q, const at::Tensor &pastK, const std::vector<int64_t> &starts, int64_t heads) {
  Shape s{heads, q.size(1) / heads, pastK.defined() ? pastK.size(2) : 0, 0, &starts};
  for (int64_t r = 0; r < s.rows(); r++) s.longest = std::max(s.longest, starts[r + 1] - starts[r]);
  return s;
}

template <class E> const E *pointer(const at::Tensor &t) { return t.defined() ? static_cast<const E *>(t.data_ptr()) : nullptr; }
template <class E> E *place(const at::Tensor &t) { return static_cast<E *>(t.data_ptr()); }

at::Tensor contiguous(const at::Tensor &t) { return t.defined() ? t.contiguous() : t; }

template <class E> at::Tensor compute(const Shape &s, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &pastK, const at::Tensor &pastV,
                                      const Lots &lots, const at::Tensor &logSums) {
  RECORD_FUNCTION("xpt::attention", std::vector<c10::IValue>{});
  auto out = at::empty_like(q);
  forward<E>(s, pointer<E>(q), pointer<E>(k), pointer<E>(v), pointer<E>(pastK), pointer<E>(pastV), lots, place<E>(out),
             logSums.defined() ? place<float>(logSums) : nullptr);
  return out;
}

struct RaggedAttention : torch::autograd::Function<RaggedAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const c10::optional<at::Tensor> &pastKeys,
                            const c10::optional<at::Tensor> &pastValues, std::vector<int64_t> starts, int64_t heads, double p) {
    auto pastK = pastKeys.value_or(at::Tensor()), pastV = pastValues.value_or(at::Tensor());
    Lots lots = p > 0 ? draw_lots(p) : Lots{};
    auto s = shapeOf(q, pastK, starts, heads);
    auto logSums = at::empty({heads, q.size(0)}, q.options().dtype(at::kFloat));
    auto out = q.scalar_type() == at::kFloat ? compute<float>(s, q, k, v, pastK, pastV, lots, logSums) : compute<uint16_t>(s, q, k, v, pastK, pastV, lots, logSums);
    ctx->save_for_backward({q, k, v, pastK, pastV, out, logSums});
    ctx->saved_data["starts"] = starts;
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["key"] = static_cast<int64_t>(lots.key);
    ctx->saved_data["below"] = static_cast<int64_t>(lots.below);
    ctx->saved_data["scale"] = static_cast<double>(lots.scale);
    return out;
  }

  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    auto starts = ctx->saved_data["starts"].toIntVector();
    Lots lots{static_cast<uint64_t>(ctx->saved_data["key"].toInt()), static_cast<uint32_t>(ctx->saved_data["below"].toInt()),
              static_cast<float>(ctx->saved_data["scale"].toDouble())};
    auto &q = saved[0];
    auto s = shapeOf(q, saved[3], starts, ctx->saved_data["heads"].toInt());
    auto dq = at::empty_like(q), dk = at::empty_like(q), dv = at::empty_like(q);
    at::Tensor dPastK, dPastV;
    if (s.past > 0) {
      dPastK = at::empty({std::min(kParts, s.rows()), s.heads, s.past, s.width}, q.options().dtype(at::kFloat));
      dPastV = at::empty_like(dPastK);
    }
    auto grad = grads[0].contiguous();
    auto fill = [&](auto e) {
      using E = decltype(e);
      ::backward<E>(s, pointer<E>(q), pointer<E>(saved[1]), pointer<E>(saved[2]), pointer<E>(saved[3]), pointer<E>(saved[4]), lots, pointer<E>(saved[5]),
                    pointer<float>(saved[6]), pointer<E>(grad), place<E>(dq), place<E>(dk), place<E>(dv), s.past > 0 ? place<float>(dPastK) : nullptr,
                    s.past > 0 ? place<float>(dPastV) : nullptr);
    };
    if (q.scalar_type() == at::kFloat)
      fill(float());
    else
      fill(uint16_t());
    auto sum = [&](const at::Tensor &parts) { return parts.defined() ? parts.sum(0, true).to(q.scalar_type()) : parts; };
    return {dq, dk, dv, sum(dPastK), sum(dPastV), {}, {}, {}};
  }
};

} // namespace

at::Tensor xpt_ragged_attention(const at::Tensor &q_, const at::Tensor &k_, const at::Tensor &v_, const at::Tensor &past_k_, const at::Tensor &past_v_,
                                const std::vector<int64_t> &starts, int64_t heads, double dropout) {
  auto q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous(), past_k = contiguous(past_k_), past_v = contiguous(past_v_);
  bool wanted = q.requires_grad() || k.requires_grad() || v.requires_grad() || (past_k.defined() && (past_k.requires_grad() || past_v.requires_grad()));
  if (at::GradMode::is_enabled() && wanted) {
    auto given = [](const at::Tensor &t) { return t.defined() ? c10::optional<at::Tensor>(t) : c10::nullopt; };
    return RaggedAttention::apply(q, k, v, given(past_k), given(past_v), starts, heads, dropout);
  }
  Lots lots = dropout > 0 ? draw_lots(dropout) : Lots{};
  auto s = shapeOf(q, past_k, starts, heads);
  return q.scalar_type() == at::kFloat ? compute<float>(s, q, k, v, past_k, past_v, lots, {}) : compute<uint16_t>(s, q, k, v, past_k, past_v, lots, {});
}
