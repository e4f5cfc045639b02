#pragma once
#include <cstdint>

// Half types in memory.
struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits; // the upper half of a float32
};

// Pair is two adjacent bfloat16, the operand of dot-product instructions with float32 sums.
struct Pair {
  BFloat16 first, second;
};
