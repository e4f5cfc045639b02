#include "before.h"

namespace kernels {
namespace {
#include "vec_plain.h"

#include "tier.h"
} // namespace

extern const Table plain = kTable;
} // namespace kernels
