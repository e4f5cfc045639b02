// Includes of every tier before its target pragma: inline functions of the standard library must not be compiled for an
// instruction set that a processor may lack.
#pragma once
#include "kernels.h"
#include "team.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define NOINLINE __attribute__((noinline))
