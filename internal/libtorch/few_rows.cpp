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
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
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

#define AVX512 __attribute__((target("avx512f,avx512dq")))
#define AMX __attribute__((target("avx512f,avx512bw,amx-tile,amx-bf16")))

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

// rows computes outputs [from, to) of M rows of x.
template <int R, int M> void rows(const Job<float> &j, int64_t from, int64_t to, const float *x, float *y) {
  float out[R][M];
  auto put = [&](int64_t n, int count) {
    for (int r = 0; r < count; r++)
      for (int m = 0; m < M; m++) y[m * j.n + n + r] = out[r][m] + (j.b ? j.b[n + r] : 0.0f);
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
void part(const Job<float> &j, int64_t from, int64_t to) {
  const int64_t block = std::max<int64_t>(8, (256 << 10) / (j.k * sizeof(float)) / 8 * 8);
  for (int64_t start = from; start < to; start += block) {
    int64_t end = std::min(start + block, to);
    for (int64_t m = 0, count; m < j.m; m += count) {
      count = std::min<int64_t>(j.m - m, 8);
      const float *x = j.x + m * j.k;
      float *y = j.y + m * j.n;
      switch (count) {
      case 8: rows<2, 8>(j, start, end, x, y); break;
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

// The matrix unit's registers for bfloat16: 0 holds sums of 16 weight rows and
// 16 rows of x, 1 weights [16, 32] as they lie in memory, 2 pairs of x.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64};
  uint8_t rows[16] = {16, 16, 16};
};

// pairs lays x [M, K] out as the matrix unit wants its second factor: for each
// 32 of K, 16 lines of 16 pairs, pair (2 i, 2 i + 1) of row m at line i, place m.
std::vector<uint32_t> pairs(const at::BFloat16 *x, int64_t m, int64_t k) {
  std::vector<uint32_t> out(k / 2 * kMostRows);
  for (int64_t r = 0; r < m; r++)
    for (int64_t i = 0; i < k / 2; i++) std::memcpy(&out[i * kMostRows + r], x + r * k + 2 * i, 4);
  return out;
}

struct TileJob : Job<at::BFloat16> {
  const uint32_t *pairs;
};

AMX void part(const TileJob &j, int64_t from, int64_t to) {
  static const TileConfig config;
  _tile_loadconfig(&config);
  alignas(64) float out[16][kMostRows];
  for (int64_t n = from; n < to; n += 16) {
    // The last rows are computed as the end of a full block of 16.
    int64_t first = std::min(n, j.n - 16);
    _tile_zero(0);
    for (int64_t i = 0; i < j.k; i += 32) {
      _tile_loadd(1, j.w + first * j.k + i, j.k * 2);
      _tile_loadd(2, j.pairs + i / 2 * kMostRows, 64);
      _tile_dpbf16ps(0, 1, 2);
    }
    _tile_stored(0, out, 64);
    for (int64_t r = n - first; r < std::min<int64_t>(16, to - first); r++)
      for (int64_t m = 0; m < j.m; m++) {
        float bias = j.b ? static_cast<float>(j.b[first + r]) : 0.0f;
        j.y[m * j.n + first + r] = static_cast<at::BFloat16>(out[r][m] + bias);
      }
  }
  _tile_release();
}

// run splits the outputs over the threads, in blocks of 16.
template <class J> void run(J &j) {
  constexpr int64_t small = 1 << 16; // multiplications that are not worth a second thread
  int threads = at::get_num_threads();
  if (threads == 1 || j.m * j.n * j.k < small || !team().there()) return part(j, 0, j.n);
  team().parallel(
      [](void *data) {
        auto &j = *static_cast<J *>(data);
        int64_t parts = team().size(), i = team().number();
        int64_t share = (j.n + 16 * parts - 1) / (16 * parts) * 16;
        part(j, std::min(i * share, j.n), std::min((i + 1) * share, j.n));
      },
      &j, threads, 0);
}

bool hasAVX512() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
  return has;
}

// The kernel gives a process the matrix unit when it asks for it.
bool hasAMX() {
  static const bool has = [] {
    unsigned a, b, c, d;
    constexpr unsigned bf16 = 1u << 22, tile = 1u << 24;
    bool cpu = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & bf16) && (d & tile);
    constexpr long requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return cpu && __builtin_cpu_supports("avx512bw") && syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
  }();
  return has;
}

template <class E> Job<E> job(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b, const at::Tensor &y) {
  return {x.data_ptr<E>(), w.data_ptr<E>(), b.defined() ? b.data_ptr<E>() : nullptr, y.data_ptr<E>(), x.size(0), w.size(0), w.size(1)};
}

#endif

} // namespace

at::Tensor xpt_few_rows(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
#if defined(__x86_64__)
  auto type = x.scalar_type();
  bool fits = x.dim() == 2 && w.dim() == 2 && x.size(0) > 0 && x.size(0) <= kMostRows && x.size(1) == w.size(1) && w.size(1) % 32 == 0 && w.size(0) >= 16;
  bool same = w.scalar_type() == type && (!b.defined() || (b.scalar_type() == type && b.is_contiguous() && b.numel() == w.size(0)));
  if (!fits || !same || !w.is_contiguous() || !x.is_cpu() || !w.is_cpu() || at::GradMode::is_enabled()) return at::Tensor();
  auto rows = x.contiguous();
  auto y = at::empty({x.size(0), w.size(0)}, x.options());
  if (type == at::kFloat && hasAVX512()) {
    auto j = job<float>(rows, w, b, y);
    run(j);
    return y;
  }
  if (type == at::kBFloat16 && hasAMX()) {
    auto packed = pairs(rows.data_ptr<at::BFloat16>(), rows.size(0), rows.size(1));
    TileJob j{job<at::BFloat16>(rows, w, b, y), packed.data()};
    run(j);
    return y;
  }
#endif
  return at::Tensor();
}
