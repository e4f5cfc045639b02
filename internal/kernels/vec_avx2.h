// Vectors of 8 numbers by AVX2, FMA and F16C.
constexpr int kLanes = 8;
typedef float V __attribute__((vector_size(32)));
typedef int32_t I __attribute__((vector_size(32)));

constexpr int kTileRows = 6, kTileVectors = 2; // of a product's tile: sums take 12 of 16 registers
constexpr int kMostSums = 12; // registers for the sums of fewRows
constexpr int kGemmRows = 6, kGemmVectors = 2;

inline __m256i first(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline V loadFirst(const float *p, int64_t n) { return (V)_mm256_maskload_ps(p, first(n)); }
inline void storeFirst(float *p, V v, int64_t n) { _mm256_maskstore_ps(p, first(n), (__m256)v); }

inline V widen(const Half *p) { return (V)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))); }
inline V widen(const BFloat16 *p) {
  return (V)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))), 16);
}
inline V roundToInteger(V v) { return (V)_mm256_round_ps((__m256)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

// storeLower stores the lower halves of 32-bit lanes.
inline void storeLower(uint16_t *p, I v) {
  __m256i halves = _mm256_packus_epi32(_mm256_and_si256((__m256i)v, _mm256_set1_epi32(0xffff)), _mm256_setzero_si256());
  _mm_storeu_si128(reinterpret_cast<__m128i *>(p), _mm256_castsi256_si128(_mm256_permute4x64_epi64(halves, 0x08)));
}

inline V squareRoot(V v) { return (V)_mm256_sqrt_ps((__m256)v); }
