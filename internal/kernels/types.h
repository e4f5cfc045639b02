#pragma once
#include <cstdint>

// Half types as they lie in memory.
struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits; // the upper half of a float32
};

// Pair is two bfloat16 side by side, which newer processors multiply and add
// up in float32 in one step.
struct Pair {
  BFloat16 first, second;
};
