// The kernels, compiled for one tier: a source file selects instructions and vectors and includes this file in its own namespace.
#include "simd.h"

#include "product.h"

#include "gemm.h"

#include "rows.h"

#include "dropout.h"

#include "softmax.h"

#include "attention.h"

#include "adamw.h"

#ifdef PAIRS
constexpr bool kPairs = true;
#else
constexpr bool kPairs = false;
#endif

constexpr Table kTable{gemm, fewRows, attention, attentionBackward, dropout, adamw, adamwRows, decayRows, kPairs};
