#pragma once
// What one head's attention does beside products, on float32 in the nearest
// cache.
#include "lots.h"
#include "product.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

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

// drop sets to[i] to what dropout leaves of from[i], which may lie in the same place.
VECTORS void drop(const float *from, int64_t n, const Lots lots, int64_t place, float *to) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; i++) to[i] = from[i] * lot(lots, place + i);
}

// g[i] = (kept[i] * g[i] - w[i] * mean) * scale: the gradient of the scores from that of the weights; kept are those after dropout.
VECTORS void scoreGradient(const float *__restrict w, const float *__restrict kept, float *__restrict g, int64_t n, float mean, float scale) {
  for (int64_t i = 0; i < n; i++) g[i] = (kept[i] * g[i] - w[i] * mean) * scale;
}

// The same without dropout, where the difference of like numbers is exact.
VECTORS void scoreGradientWhole(const float *__restrict w, float *__restrict g, int64_t n, float mean, float scale) {
  for (int64_t i = 0; i < n; i++) g[i] = w[i] * (g[i] - mean) * scale;
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
