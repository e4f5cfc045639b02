#pragma once
// The arithmetic of one head's attention, on float32 in the nearest cache: with
// AVX-512 where the processor has it, else as the compiler makes it of loops.
#include "bf16.h"
#include "cpu.h"
#include "lots.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

// Matrix is [rows, columns] with steps between them.
struct Matrix {
  const float *data;
  int64_t row, column;
};

// multiply sets c [m, n] to a [m, k] b [k, n], or adds it to c. b and c have
// their columns side by side.
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

#if defined(__x86_64__)
// PICK is the AVX-512 function where the processor has it.
#define PICK(fast, plain) (hasAVX512() ? fast : plain)
#else
#define PICK(fast, plain) plain
#endif

const auto multiply = PICK(multiplyAVX512, multiplyPlain);

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

VECTORS float softmaxPlain(float *__restrict x, int64_t n, float scale) {
  float top = -std::numeric_limits<float>::infinity(), sum = 0;
  for (int64_t i = 0; i < n; i++) top = std::max(top, x[i]);
  float shift = top * scale;
  for (int64_t i = 0; i < n; i++) x[i] = expOf(x[i] * scale - shift);
  for (int64_t i = 0; i < n; i++) sum += x[i];
  float inverse = 1 / sum;
  for (int64_t i = 0; i < n; i++) x[i] *= inverse;
  return shift + std::log(sum);
}

VECTORS void weightsAgainPlain(float *__restrict x, int64_t n, float scale, float logSum) {
  for (int64_t i = 0; i < n; i++) x[i] = expOf(x[i] * scale - logSum);
}

VECTORS void transposePlain(const float *__restrict from, int64_t rows, int64_t columns, float *__restrict to, int64_t ld) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) to[c * ld + r] = from[r * columns + c];
}

#if defined(__x86_64__)
// mask picks the registers' lanes that n values have from i on.
inline __mmask16 maskOf(int64_t i, int64_t n) { return n - i >= 16 ? 0xffff : static_cast<__mmask16>((1 << (n - i)) - 1); }

// expOf for 16.
AVX512 inline __m512 expOf(__m512 x) {
  x = _mm512_max_ps(x, _mm512_set1_ps(-87.0f));
  __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504088896341f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_fmadd_ps(n, _mm512_set1_ps(2.12194440e-4f), _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x));
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f}) p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(c));
  return _mm512_scalef_ps(_mm512_fmadd_ps(_mm512_mul_ps(p, r), r, _mm512_add_ps(r, _mm512_set1_ps(1))), n);
}

AVX512 float softmaxAVX512(float *x, int64_t n, float scale) {
  __m512 top = _mm512_set1_ps(-std::numeric_limits<float>::infinity()), sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < n; i += 16) top = _mm512_mask_max_ps(top, maskOf(i, n), top, _mm512_maskz_loadu_ps(maskOf(i, n), x + i));
  float shift = _mm512_reduce_max_ps(top) * scale;
  for (int64_t i = 0; i < n; i += 16) {
    __m512 e = expOf(_mm512_fmsub_ps(_mm512_maskz_loadu_ps(maskOf(i, n), x + i), _mm512_set1_ps(scale), _mm512_set1_ps(shift)));
    sum = _mm512_mask_add_ps(sum, maskOf(i, n), sum, e);
    _mm512_mask_storeu_ps(x + i, maskOf(i, n), e);
  }
  float total = _mm512_reduce_add_ps(sum);
  for (int64_t i = 0; i < n; i += 16)
    _mm512_mask_storeu_ps(x + i, maskOf(i, n), _mm512_mul_ps(_mm512_maskz_loadu_ps(maskOf(i, n), x + i), _mm512_set1_ps(1 / total)));
  return shift + std::log(total);
}

AVX512 void weightsAgainAVX512(float *x, int64_t n, float scale, float logSum) {
  for (int64_t i = 0; i < n; i += 16) {
    __m512 e = expOf(_mm512_fmsub_ps(_mm512_maskz_loadu_ps(maskOf(i, n), x + i), _mm512_set1_ps(scale), _mm512_set1_ps(logSum)));
    _mm512_mask_storeu_ps(x + i, maskOf(i, n), e);
  }
}

// Blocks of 16 by 16, in four rounds that each exchange halves of what is left.
AVX512 void transposeAVX512(const float *from, int64_t rows, int64_t columns, float *to, int64_t ld) {
  for (int64_t r = 0; r < rows; r += 16)
    for (int64_t c = 0; c < columns; c += 16) {
      __m512 a[16], b[16];
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) a[i] = r + i < rows ? _mm512_maskz_loadu_ps(maskOf(c, columns), from + (r + i) * columns + c) : _mm512_setzero_ps();
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) // by rows that are one apart
        b[i] = i % 2 ? _mm512_unpackhi_ps(a[i - 1], a[i]) : _mm512_unpacklo_ps(a[i], a[i + 1]);
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) { // two apart
        __m512d x = _mm512_castps_pd(b[i / 4 * 4 + i % 4 / 2]), y = _mm512_castps_pd(b[i / 4 * 4 + i % 4 / 2 + 2]);
        a[i] = _mm512_castpd_ps(i % 2 ? _mm512_unpackhi_pd(x, y) : _mm512_unpacklo_pd(x, y));
      }
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) { // four apart
        __m512 x = a[i / 8 * 8 + i % 4], y = a[i / 8 * 8 + i % 4 + 4];
        b[i] = i % 8 < 4 ? _mm512_shuffle_f32x4(x, y, 0x88) : _mm512_shuffle_f32x4(x, y, 0xdd);
      }
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) { // eight apart
        __m512 x = b[i % 8], y = b[i % 8 + 8];
        a[i] = i < 8 ? _mm512_shuffle_f32x4(x, y, 0x88) : _mm512_shuffle_f32x4(x, y, 0xdd);
      }
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++)
        if (c + i < columns) _mm512_mask_storeu_ps(to + (c + i) * ld + r, maskOf(r, rows), a[i]);
    }
}
#endif

// A row of scores in, its weights out; gives the logarithm of the sum.
const auto softmax = PICK(softmaxAVX512, softmaxPlain);

// The weights again, from the scores and the logarithm of their sum.
const auto weightsAgain = PICK(weightsAgainAVX512, weightsAgainPlain);

// transpose sets to [columns, rows], whose rows lie ld apart, to from's [rows, columns].
const auto transpose = PICK(transposeAVX512, transposePlain);

VECTORS void drop(float *__restrict x, int64_t n, const Lots lots, int64_t place) {
  for (int64_t i = 0; i < n; i++) x[i] *= lot(lots, place + i);
}

// g[i] = (kept[i] * g[i] - w[i] * mean) * scale: the gradient of the scores from that of the weights; kept are those after dropout.
VECTORS void scoreGradient(const float *__restrict w, const float *__restrict kept, float *__restrict g, int64_t n, float mean, float scale) {
  for (int64_t i = 0; i < n; i++) g[i] = (kept[i] * g[i] - w[i] * mean) * scale;
}

// The same without dropout, where the difference of like numbers is exact.
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

VECTORS float dot(const float *__restrict a, const float *__restrict b, int64_t n) {
  float lanes[16] = {}, sum = 0;
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++) lanes[l] += a[i + l] * b[i + l];
  for (; i < n; i++) sum += a[i] * b[i];
  for (float lane : lanes) sum += lane;
  return sum;
}

} // namespace
