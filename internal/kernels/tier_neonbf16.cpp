#include "before.h"

#if defined(__aarch64__)
#pragma GCC target("arch=armv8.2-a+bf16")
#define PAIRS
namespace kernels {
namespace {
#include "vec_neon.h"

#include "tier.h"
} // namespace

extern const Table neonbf16 = kTable;
} // namespace kernels
#endif
