#include "before.h"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")
namespace kernels {
namespace {
#include "vec_avx512.h"

#include "tier.h"
} // namespace

extern const Table avx512 = kTable;
} // namespace kernels
#endif
