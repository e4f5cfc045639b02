#include "before.h"

#if defined(__aarch64__)
namespace kernels {
namespace {
#include "vec_neon.h"

#include "tier.h"
} // namespace

extern const Table neon = kTable;
} // namespace kernels
#endif
