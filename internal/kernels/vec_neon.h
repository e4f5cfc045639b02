// Vectors of 4 numbers by NEON, which every aarch64 has.
constexpr int kLanes = 4;
typedef float V __attribute__((vector_size(16)));
typedef int32_t I __attribute__((vector_size(16)));

constexpr int kTileRows = 6, kTileVectors = 4; // of a product's tile: sums take 24 of 32 registers
constexpr int kMostSums = 24; // registers for the sums of fewRows
constexpr int kGemmRows = 6, kGemmVectors = 4;

inline V loadFirst(const float *p, int64_t n) {
  V v = {};
  __builtin_memcpy(&v, p, n * sizeof(float));
  return v;
}
inline void storeFirst(float *p, V v, int64_t n) { __builtin_memcpy(p, &v, n * sizeof(float)); }

inline V widen(const Half *p) { return (V)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(reinterpret_cast<const uint16_t *>(p)))); }
inline V widen(const BFloat16 *p) { return (V)vshll_n_u16(vld1_u16(reinterpret_cast<const uint16_t *>(p)), 16); }
inline V roundToInteger(V v) { return (V)vrndnq_f32((float32x4_t)v); }

// storeLower stores the lower halves of 32-bit lanes.
inline void storeLower(uint16_t *p, I v) { vst1_u16(p, vmovn_u32((uint32x4_t)v)); }

inline V squareRoot(V v) { return (V)vsqrtq_f32((float32x4_t)v); }

#ifdef PAIRS
inline V multiplyPairs(V a, V b, V sum) { return (V)vbfdotq_f32((float32x4_t)sum, (bfloat16x8_t)a, (bfloat16x8_t)b); }
#endif
