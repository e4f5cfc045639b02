#pragma once
// Products of the matrices of one head, in the nearest cache: with AVX-512
// where the processor has it, else as the compiler makes them of loops.
#include "bf16.h"
#include "cpu.h"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

// The inner dimension of a product is counted in units: single float32, or
// pairs of bfloat16 that lie along it, which newer processors multiply and add
// up in float32 in one step.
struct Pair {
  uint16_t first, second;
};

template <class U> constexpr int64_t kDepth = 1; // numbers in a unit
template <> constexpr int64_t kDepth<Pair> = 2;

template <class U> int64_t unitsOf(int64_t n) { return (n + kDepth<U> - 1) / kDepth<U>; }

// Matrix is [rows, units] with steps between them.
template <class U> struct Matrix {
  const U *data;
  int64_t row, column;
};

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bf16"))) // the last for pairs alone

// PICK is the AVX-512 function where the processor has it.
#define PICK(fast, plain) (hasAVX512() ? fast : plain)
#else
#define PICK(fast, plain) plain
#endif

#define VECTORS __attribute__((target_clones("avx512f", "avx2,fma", "default"), optimize("O3")))

VECTORS void multiplyPlain(int64_t m, int64_t n, int64_t k, Matrix<float> a, const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
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
AVX512 inline __m512 spread(const float *x) { return _mm512_set1_ps(*x); }
AVX512 inline __m512 spread(const Pair *x) {
  int32_t bits;
  __builtin_memcpy(&bits, x, 4);
  return _mm512_castsi512_ps(_mm512_set1_epi32(bits));
}

AVX512 inline __m512 multiplyAdd(const float *, __m512 a, __m512 b, __m512 sum) { return _mm512_fmadd_ps(a, b, sum); }
AVX512 inline __m512 multiplyAdd(const Pair *, __m512 a, __m512 b, __m512 sum) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }

// tile computes R rows and V registers of 16 columns; the last register may be partly masked.
template <int R, int V, class U> AVX512 inline void tile(int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add, __mmask16 last) {
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
      __m512 x = spread(a.data + r * a.row + l * a.column);
#pragma GCC unroll 32
      for (int v = 0; v < V; v++) sum[r][v] = multiplyAdd(b, x, row[v], sum[r][v]);
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int v = 0; v < V; v++) _mm512_mask_storeu_ps(c + r * ldc + 16 * v, v == V - 1 ? last : 0xffff, sum[r][v]);
}

template <int V, class U> AVX512 void columns(int64_t m, int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add, __mmask16 last) {
  constexpr int R = 6;
  int64_t i = 0;
  auto at = [&](int64_t i) { return Matrix<U>{a.data + i * a.row, a.row, a.column}; };
  for (; i + R <= m; i += R) tile<R, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last);
  switch (m - i) {
  case 5: tile<5, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 4: tile<4, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 3: tile<3, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 2: tile<2, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  case 1: tile<1, V>(k, at(i), b, ldb, c + i * ldc, ldc, add, last); break;
  }
}

template <class U> void multiplyAVX512(int64_t m, int64_t n, int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add) {
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

const auto multiplySingles = PICK(multiplyAVX512<float>, multiplyPlain);

// multiply sets c [m, n] to a [m, k] b [k, n], or adds it to c, where k counts
// units; b and c have their columns side by side. Pairs need hasBFloat16().
inline void multiply(int64_t m, int64_t n, int64_t k, Matrix<float> a, const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
  multiplySingles(m, n, k, a, b, ldb, c, ldc, add);
}
#if defined(__x86_64__)
inline void multiply(int64_t m, int64_t n, int64_t k, Matrix<Pair> a, const Pair *b, int64_t ldb, float *c, int64_t ldc, bool add) {
  multiplyAVX512(m, n, k, a, b, ldb, c, ldc, add);
}
#endif

} // namespace
