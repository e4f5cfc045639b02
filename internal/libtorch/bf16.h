#pragma once
#include <cstdint>

// bfloat16 is the upper half of a float32.
inline float widen(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float out;
  __builtin_memcpy(&out, &wide, 4);
  return out;
}

// To the nearest, ties to even; a NaN stays one.
inline uint16_t narrow(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  uint16_t rounded = static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
  return value != value ? 0x7fc0 : rounded;
}
