#pragma once
#include "../kernels/kernels.h"

namespace xpt {

// The kernels, which package libtorch hands over before anything else is called.
// They are not linked by name: a program that uses gotch alone has none.
const kernels::Table *kernelTable;

} // namespace xpt
