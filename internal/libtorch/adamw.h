#pragma once
#include <ATen/ATen.h>
#include <cstdint>

struct AdamW {
  double lr, beta1, beta2, eps, weight_decay;
  int64_t step; // from 1
};

// One update of p [...] in place, with its moments m and v. Where the gradient
// is sparse, of a table [V, d] of which a step looks up few rows, seen [V] marks
// the rows that had one before: the others' moments are zero, and they only
// decay. That is what the whole gradient would do, bit for bit.
//
// The gradient counts clip times, a float32 scalar on p's device.
void adamw(at::Tensor &p, at::Tensor &m, at::Tensor &v, uint8_t *seen, const at::Tensor &clip, const AdamW &by);

// Zeros that take memory where they are written to only, page by page.
at::Tensor untouched_zeros(at::IntArrayRef shape);
