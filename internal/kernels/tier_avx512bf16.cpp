#include "before.h"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c")
#define PAIRS
namespace kernels {
namespace {
#include "vec_avx512.h"

#include "tier.h"
} // namespace

extern const Table avx512bf16 = kTable;
} // namespace kernels
#endif
