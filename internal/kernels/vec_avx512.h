// Vectors of 16 numbers by AVX-512.
constexpr int kLanes = 16;
typedef float V __attribute__((vector_size(64)));
typedef int32_t I __attribute__((vector_size(64)));

constexpr int kTileRows = 6, kTileVectors = 4; // of a product's tile: sums take 24 of 32 registers
constexpr int kMostSums = 24; // registers for the sums of fewRows
constexpr int kGemmRows = 12, kGemmVectors = 2;

inline __mmask16 first(int64_t n) { return static_cast<__mmask16>((1u << n) - 1); }
inline V loadFirst(const float *p, int64_t n) { return (V)_mm512_maskz_loadu_ps(first(n), p); }
inline void storeFirst(float *p, V v, int64_t n) { _mm512_mask_storeu_ps(p, first(n), (__m512)v); }

inline V widen(const Half *p) { return (V)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))); }
inline V widen(const BFloat16 *p) {
  return (V)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))), 16);
}
inline V roundToInteger(V v) { return (V)_mm512_roundscale_ps((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

// storeLower stores the lower halves of 32-bit lanes.
inline void storeLower(uint16_t *p, I v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), _mm512_cvtepi32_epi16((__m512i)v));
}

#ifdef PAIRS
inline V multiplyPairs(V a, V b, V sum) { return (V)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b); }
#endif

inline V squareRoot(V v) { return (V)_mm512_sqrt_ps((__m512)v); }
