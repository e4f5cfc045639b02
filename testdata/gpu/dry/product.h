// What the stand-ins of cuBLAS and cuBLASLt share.
#pragma once
#include "dry.h"

// cuBLAS's headers name the half types, whose own headers need more of CUDA than its runtime's wheel has.
#define __CUDA_FP16_H__
#define __CUDA_BF16_H__
struct __half;
struct __nv_bfloat16;

// Of libcudart's stand-in: counts a product of so many operations on a stream. Not 0 where that is an error.
API int dry_enqueue_product(void *stream, const char *name, double operations);
