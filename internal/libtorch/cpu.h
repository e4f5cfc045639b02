#pragma once

// hasAVX512 tells whether the processor has what the AVX-512 kernels here use.
inline bool hasAVX512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

// hasBFloat16 tells whether it multiplies pairs of bfloat16 besides.
inline bool hasBFloat16() {
#if defined(__x86_64__)
  return hasAVX512() && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}
