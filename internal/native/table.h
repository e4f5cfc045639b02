#pragma once
#include "../kernels/kernels.h"

namespace xpt {

// The kernels, set by package libtorch before any other call. They are not linked by name, because programs with gotch alone
// do not have them.
const kernels::Table *kernelTable;

} // namespace xpt
