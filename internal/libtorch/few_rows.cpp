// Linear layers of few rows, as a step of generation has: y = x w^T + b with x
// [M, K], M up to 16. Such a product is as fast as the weights come from
// memory, if each is read once and in order. libtorch's libraries get there
// for one float32 row only: they stream at a third of that for eight rows, and
// reorder bfloat16 weights on the way.
#include "few_rows.h"
#include "cpu.h"
#include "team.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

#if defined(__x86_64__)

constexpr int kMostRows = 16;
constexpr int kSlice = 8; // rows of x that a tile takes

// x and y are E, weights W: E, or a half type that is read as E.
template <class W, class E> struct Job {
  const W *w;
  const E *b; // may be null
  E *y;
  int64_t m, n, k;
  std::vector<E> x[kMostRows / kSlice]; // interleaved slices
};

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bf16")))

// Values of E in a register of 64 bytes.
template <class E> constexpr int64_t kLanes = 64 / sizeof(E);

// interleave lays M rows of x out as tile reads them, a register of each row in
// turn: rows a power of two apart would fall on the same lines of the cache.
template <class E> std::vector<E> interleave(const E *x, int64_t m, int64_t k) {
  std::vector<E> out(m * k);
  for (int64_t r = 0; r < m; r++)
    for (int64_t i = 0; i < k; i += kLanes<E>) std::memcpy(&out[i * m + r * kLanes<E>], x + r * k + i, 64);
  return out;
}

// load reads the weights that meet a register of x.
AVX512 inline __m512i load(const float *, const at::Half *w) {
  return _mm512_castps_si512(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(w))));
}

AVX512 inline __m512i load(const float *, const at::BFloat16 *w) {
  return _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(w))), 16);
}

// Rounded to the nearest, as a cast rounds.
AVX512 inline __m512i load(const at::BFloat16 *, const at::Half *w) {
  auto floats = [w](int64_t i) __attribute__((target("avx512f,avx512dq,avx512bf16"))) { return _mm512_castsi512_ps(load(static_cast<const float *>(nullptr), w + i)); };
  return (__m512i)_mm512_cvtne2ps_pbh(floats(16), floats(0));
}

template <class E> AVX512 inline __m512i load(const E *, const E *w) { return _mm512_loadu_si512(w); }

// multiplyAdd adds products to float32 sums; of bfloat16 two to each.
AVX512 inline __m512 multiplyAdd(const float *, __m512i w, __m512i x, __m512 sum) {
  return _mm512_fmadd_ps(_mm512_castsi512_ps(w), _mm512_castsi512_ps(x), sum);
}

AVX512 inline __m512 multiplyAdd(const at::BFloat16 *, __m512i w, __m512i x, __m512 sum) { return _mm512_dpbf16_ps(sum, (__m512bh)w, (__m512bh)x); }

// tile computes R weight rows from w on for M rows of x, interleaved. The sums
// of one row run in the same order for every M, so that a row's result does not
// depend on how many there are.
template <int R, int M, class W, class E> AVX512 inline void tile(const W *w, const E *x, int64_t k, float (*out)[M]) {
  __m512 sum[R][M];
#pragma GCC unroll 24
  for (int r = 0; r < R; r++)
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) sum[r][m] = _mm512_setzero_ps();
  for (int64_t i = 0; i < k; i += kLanes<E>, x += M * kLanes<E>) {
    __m512i row[R];
#pragma GCC unroll 24
    for (int r = 0; r < R; r++) {
      row[r] = load(x, w + r * k + i);
      _mm_prefetch(reinterpret_cast<const char *>(w + (r + R) * k + i), _MM_HINT_T1); // the next tile's
    }
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) {
      __m512i v = _mm512_loadu_si512(x + m * kLanes<E>);
      asm("" : "+v"(v)); // one load for all R products
#pragma GCC unroll 24
      for (int r = 0; r < R; r++) sum[r][m] = multiplyAdd(x, row[r], v, sum[r][m]);
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++)
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) out[r][m] = _mm512_reduce_add_ps(sum[r][m]);
}

// rows computes outputs [from, to) of M rows of x.
template <int R, int M, class W, class E> void rows(const Job<W, E> &j, int64_t from, int64_t to, const E *x, E *y) {
  float out[R][M];
  auto put = [&](int64_t n, int count) {
    for (int r = 0; r < count; r++)
      for (int m = 0; m < M; m++) y[m * j.n + n + r] = static_cast<E>(out[r][m] + (j.b ? static_cast<float>(j.b[n + r]) : 0.0f));
  };
  int64_t n = from;
  for (; n + R <= to; n += R) {
    tile<R, M>(j.w + n * j.k, x, j.k, out);
    put(n, R);
  }
  for (; n < to; n++) {
    tile<1, M>(j.w + n * j.k, x, j.k, out);
    put(n, 1);
  }
}

// part computes outputs [from, to). A block of weights that fits the cache is
// read for all rows of x before the next.
template <class W, class E> void part(const Job<W, E> &j, int64_t from, int64_t to) {
  const int64_t block = std::max<int64_t>(8, (256 << 10) / (j.k * sizeof(W)) / 8 * 8);
  for (int64_t start = from; start < to; start += block) {
    int64_t end = std::min(start + block, to);
    for (int64_t m = 0; m < j.m; m += kSlice) {
      const E *x = j.x[m / kSlice].data();
      E *y = j.y + m * j.n;
      switch (std::min<int64_t>(j.m - m, kSlice)) {
      case 8: rows<3, 8>(j, start, end, x, y); break;
      case 7: rows<3, 7>(j, start, end, x, y); break;
      case 6: rows<3, 6>(j, start, end, x, y); break;
      case 5: rows<4, 5>(j, start, end, x, y); break;
      case 4: rows<4, 4>(j, start, end, x, y); break;
      case 3: rows<4, 3>(j, start, end, x, y); break;
      case 2: rows<4, 2>(j, start, end, x, y); break;
      default: rows<4, 1>(j, start, end, x, y);
      }
    }
  }
}

// run splits the outputs over the threads.
template <class W, class E> at::Tensor run(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  RECORD_FUNCTION("xpt::linear_few_rows", std::vector<c10::IValue>{});
  auto packed = x.contiguous();
  auto y = at::empty({x.size(0), w.size(0)}, x.options());
  Job<W, E> j{w.data_ptr<W>(), b.defined() ? b.data_ptr<E>() : nullptr, y.data_ptr<E>(), x.size(0), w.size(0), w.size(1), {}};
  for (int64_t m = 0; m < j.m; m += kSlice)
    j.x[m / kSlice] = interleave(packed.data_ptr<E>() + m * j.k, std::min<int64_t>(j.m - m, kSlice), j.k);
  constexpr int64_t small = 1 << 16; // multiplications that are not worth a second thread
  parallel(j.n, j.m * j.n * j.k < small ? j.n : 16, [&](int64_t from, int64_t to) { part(j, from, to); });
  return y;
}

#endif

} // namespace

at::Tensor xpt_few_rows(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
#if defined(__x86_64__)
  auto type = x.scalar_type();
  bool fits = x.dim() == 2 && w.dim() == 2 && x.size(0) > 0 && x.size(0) <= kMostRows && x.size(1) == w.size(1) && w.size(1) % 32 == 0 && w.size(0) >= 16;
  bool biased = !b.defined() || (b.scalar_type() == type && b.is_contiguous() && b.numel() == w.size(0));
  if (!fits || !biased || !w.is_contiguous() || !x.is_cpu() || !w.is_cpu() || at::GradMode::is_enabled()) return at::Tensor();
  auto stored = w.scalar_type();
  if (type == at::kFloat && hasAVX512()) {
    if (stored == at::kFloat) return run<float, float>(x, w, b);
    if (stored == at::kHalf) return run<at::Half, float>(x, w, b);
    if (stored == at::kBFloat16) return run<at::BFloat16, float>(x, w, b);
  }
  if (type == at::kBFloat16 && hasBFloat16()) {
    if (stored == at::kBFloat16) return run<at::BFloat16, at::BFloat16>(x, w, b);
    if (stored == at::kHalf) return run<at::Half, at::BFloat16>(x, w, b);
  }
#endif
  return at::Tensor();
}
