// Vectors of 4 numbers by the compiler, without intrinsics.
constexpr int kLanes = 4;
typedef float V __attribute__((vector_size(16)));
typedef int32_t I __attribute__((vector_size(16)));

constexpr int kTileRows = 6, kTileVectors = 2;
constexpr int kMostSums = 12; // registers for the sums of fewRows
constexpr int kGemmRows = 6, kGemmVectors = 2;

inline V loadFirst(const float *p, int64_t n) {
  V v = {};
  __builtin_memcpy(&v, p, n * sizeof(float));
  return v;
}
inline void storeFirst(float *p, V v, int64_t n) { __builtin_memcpy(p, &v, n * sizeof(float)); }

// widenHalf converts binary16 to float32: a product shifts the exponent, also for subnormals.
inline float widenHalf(uint16_t h) {
  uint32_t bits = static_cast<uint32_t>(h & 0x7fff) << 13;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  value *= 0x1p112f;
  __builtin_memcpy(&bits, &value, 4);
  if ((h & 0x7c00) == 0x7c00) bits |= 0x7f800000; // infinity, NaN
  bits |= static_cast<uint32_t>(h & 0x8000) << 16;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}
inline V widen(const Half *p) {
  return V{widenHalf(p[0].bits), widenHalf(p[1].bits), widenHalf(p[2].bits), widenHalf(p[3].bits)};
}
inline V widen(const BFloat16 *p) {
  return (V)(I{p[0].bits, p[1].bits, p[2].bits, p[3].bits} << 16);
}
inline V roundToInteger(V v) { // of numbers below 2^22
  const V magic = 0x1.8p23f - V{};
  return (v + magic) - magic;
}
inline void storeLower(uint16_t *p, I v) {
  for (int i = 0; i < 4; i++) p[i] = static_cast<uint16_t>(v[i]);
}

inline V squareRoot(V v) { return V{std::sqrt(v[0]), std::sqrt(v[1]), std::sqrt(v[2]), std::sqrt(v[3])}; }
