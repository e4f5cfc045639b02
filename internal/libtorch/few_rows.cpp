// Linear layers of few rows, as a step of generation has: y = x w^T + b with x
// [M, K], M up to 16. Such a product is as fast as the weights come from
// memory, if each is read once and in order. libtorch's libraries get there
// for one float32 row only: they stream at a third of that for eight rows, and
// reorder bfloat16 weights on the way.
#include "few_rows.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cstring>
#include <dlfcn.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

// Team runs a function on libtorch's own OpenMP threads. The runtime is found
// among the loaded libraries: compiled with -fopenmp, this file could bring in
// a second one with threads of its own.
struct Team {
  using Body = void (*)(void *);
  void (*parallel)(Body, void *, unsigned, unsigned);
  int (*number)();
  int (*size)();
  Team() {
    parallel = reinterpret_cast<decltype(parallel)>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    number = reinterpret_cast<decltype(number)>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"));
    size = reinterpret_cast<decltype(size)>(dlsym(RTLD_DEFAULT, "omp_get_num_threads"));
  }
  bool there() const { return parallel && number && size; }
};

const Team &team() {
  static const Team t;
  return t;
}

#if defined(__x86_64__)

constexpr int kMostRows = 16;

template <class E> struct Job {
  const E *x, *w, *b; // b may be null
  E *y;
  int64_t m, n, k;
};

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

inline float toFloat(float v) { return v; }
inline float toFloat(at::BFloat16 v) { return static_cast<float>(v); }

// tile computes R weight rows from w on for M rows of x. The sums of one row
// run in the same order for every M, so that a row's result does not depend on
// how many there are.
template <int R, int M> AVX512 inline void tile(const float *w, const float *x, int64_t k, float (*out)[M]) {
  __m512 sum[R][M];
#pragma GCC unroll 24
  for (int r = 0; r < R; r++)
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) sum[r][m] = _mm512_setzero_ps();
  for (int64_t i = 0; i < k; i += 16) {
    __m512 row[R];
#pragma GCC unroll 24
    for (int r = 0; r < R; r++) row[r] = _mm512_loadu_ps(w + r * k + i);
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) {
      __m512 v = _mm512_loadu_ps(x + m * k + i);
#pragma GCC unroll 24
      for (int r = 0; r < R; r++) sum[r][m] = _mm512_fmadd_ps(row[r], v, sum[r][m]);
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++)
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) out[r][m] = _mm512_reduce_add_ps(sum[r][m]);
}

template <int R, int M> AVX512 inline void tile(const at::BFloat16 *w, const at::BFloat16 *x, int64_t k, float (*out)[M]) {
  __m512 sum[R][M];
#pragma GCC unroll 24
  for (int r = 0; r < R; r++)
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) sum[r][m] = _mm512_setzero_ps();
  for (int64_t i = 0; i < k; i += 32) {
    __m512bh row[R];
#pragma GCC unroll 24
    for (int r = 0; r < R; r++) row[r] = (__m512bh)_mm512_loadu_si512(w + r * k + i);
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) {
      __m512bh v = (__m512bh)_mm512_loadu_si512(x + m * k + i);
#pragma GCC unroll 24
      for (int r = 0; r < R; r++) sum[r][m] = _mm512_dpbf16_ps(sum[r][m], row[r], v);
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++)
#pragma GCC unroll 24
    for (int m = 0; m < M; m++) out[r][m] = _mm512_reduce_add_ps(sum[r][m]);
}

// rows computes outputs [from, to) of M rows of x.
template <int R, int M, class E> void rows(const Job<E> &j, int64_t from, int64_t to, const E *x, E *y) {
  float out[R][M];
  auto put = [&](int64_t n, int count) {
    for (int r = 0; r < count; r++)
      for (int m = 0; m < M; m++) y[m * j.n + n + r] = static_cast<E>(out[r][m] + (j.b ? toFloat(j.b[n + r]) : 0.0f));
  };
  int64_t n = from;
  for (; n + R <= to; n += R) {
    tile<R, M>(j.w + n * j.k, x, j.k, out);
    put(n, R);
  }
  for (; n < to; n++) {
    tile<1, M>(j.w + n * j.k, x, j.k, reinterpret_cast<float(*)[M]>(out));
    put(n, 1);
  }
}

// part computes outputs [from, to). A block of weights that fits the cache is
// read for all rows of x before the next.
template <class E> void part(const Job<E> &j, int64_t from, int64_t to) {
  const int64_t block = std::max<int64_t>(8, (256 << 10) / (j.k * sizeof(E)) / 8 * 8);
  for (int64_t start = from; start < to; start += block) {
    int64_t end = std::min(start + block, to), m = 0;
    auto next = [&](int count) {
      m += count;
      return j.x + (m - count) * j.k;
    };
    auto y = [&] { return j.y + m * j.n; };
    while (m < j.m) {
      E *out = y();
      switch (std::min<int64_t>(j.m - m, 8)) {
      case 8: rows<2, 8>(j, start, end, next(8), out); break;
      case 7: rows<3, 7>(j, start, end, next(7), out); break;
      case 6: rows<3, 6>(j, start, end, next(6), out); break;
      case 5: rows<4, 5>(j, start, end, next(5), out); break;
      case 4: rows<4, 4>(j, start, end, next(4), out); break;
      case 3: rows<4, 3>(j, start, end, next(3), out); break;
      case 2: rows<4, 2>(j, start, end, next(2), out); break;
      default: rows<4, 1>(j, start, end, next(1), out);
      }
    }
  }
}

template <class E> void run(Job<E> &j) {
  constexpr int64_t small = 1 << 16; // multiplications that are not worth a second thread
  int threads = at::get_num_threads();
  if (threads == 1 || j.m * j.n * j.k < small || !team().there()) return part(j, 0, j.n);
  team().parallel(
      [](void *data) {
        auto &j = *static_cast<Job<E> *>(data);
        int64_t parts = team().size(), i = team().number();
        int64_t share = (j.n + 8 * parts - 1) / (8 * parts) * 8;
        part(j, std::min(i * share, j.n), std::min((i + 1) * share, j.n));
      },
      &j, threads, 0);
}

bool canRun(at::ScalarType type) {
  static const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bf16");
  return wide && (type == at::kFloat || type == at::kBFloat16);
}

template <class E> at::Tensor compute(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  auto rows = x.contiguous(), out = at::empty({x.size(0), w.size(0)}, x.options());
  Job<E> j{rows.data_ptr<E>(), w.data_ptr<E>(), b.defined() ? b.data_ptr<E>() : nullptr, out.data_ptr<E>(), x.size(0), w.size(0), w.size(1)};
  run(j);
  return out;
}

#endif

} // namespace

at::Tensor xpt_few_rows(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
#if defined(__x86_64__)
  auto type = x.scalar_type();
  bool fits = x.dim() == 2 && w.dim() == 2 && x.size(0) > 0 && x.size(0) <= kMostRows && x.size(1) == w.size(1) && w.size(1) % 32 == 0;
  bool same = w.scalar_type() == type && (!b.defined() || (b.scalar_type() == type && b.is_contiguous() && b.numel() == w.size(0)));
  if (fits && same && w.is_contiguous() && x.is_cpu() && w.is_cpu() && !at::GradMode::is_enabled() && canRun(type))
    return type == at::kFloat ? compute<float>(x, w, b) : compute<at::BFloat16>(x, w, b);
#endif
  return at::Tensor();
}
