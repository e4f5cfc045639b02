#pragma once
#include <cstdint>

// Lots decide which elements a dropout zeroes: an element falls where the hash
// of its place and of the call's key is below a threshold.
struct Lots {
  uint64_t key = 0;
  uint32_t below = 0; // 0: none falls
  float scale = 1;    // of what stays
};

// Lots of a call with probability p, below 1; the key is drawn from the CPU's generator.
Lots draw_lots(double p);

// Two rounds of a 32-bit finaliser (C. Wellons, hash-prospector: lowbias32),
// the halves of the key between them.
inline uint32_t mix_lot(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ (x >> 16);
}

// What element i is multiplied by.
inline float lot(const Lots &lots, int64_t i) {
  uint32_t high = static_cast<uint32_t>(i >> 32) * 0x9e3779b9u; // places beyond 2^32
  uint32_t hash = mix_lot(mix_lot(static_cast<uint32_t>(i) ^ static_cast<uint32_t>(lots.key)) + high + static_cast<uint32_t>(lots.key >> 32));
  return hash < lots.below ? 0.0f : lots.scale;
}
