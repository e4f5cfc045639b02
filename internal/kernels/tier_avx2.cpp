#include "before.h"

#if defined(__x86_64__)
#pragma GCC target("avx2,fma,f16c")
namespace kernels {
namespace {
#include "vec_avx2.h"

#include "tier.h"
} // namespace

extern const Table avx2 = kTable;
} // namespace kernels
#endif
