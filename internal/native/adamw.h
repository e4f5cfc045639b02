// Decoupled-weight-decay Adam (Loshchilov & Hutter, arXiv 1711.05101).
#pragma once
#include "table.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <sys/mman.h>
#include <vector>

namespace xpt {

struct AdamW {
  double lr, beta1, beta2, eps, weight_decay;
  int64_t step; // from 1
};

kernels::AdamW factorsOf(const AdamW &by) {
  auto f = [](double x) { return static_cast<float>(x); };
  return {f(1 - by.lr * by.weight_decay), f(1 - by.beta1), f(by.beta2), f(1 - by.beta2), f(std::sqrt(1 - std::pow(by.beta2, by.step))), f(by.eps),
          f(by.lr / (1 - std::pow(by.beta1, by.step))), 1};
}

// moveRows takes a coalesced gradient.
void moveRows(const at::Tensor &p, const at::Tensor &m, const at::Tensor &v, const at::Tensor &g, uint8_t *seen, const kernels::AdamW &f) {
  const int64_t rows = p.size(0), d = p.size(1), threads = at::get_num_threads();
  auto indices = g._indices().contiguous(), values = g._values().contiguous();
  auto *ids = indices.data_ptr<int64_t>();
  auto *gs = values.data_ptr<float>();
  std::vector<const float *> gradient(rows);
  for (int64_t i = 0; i < g._nnz(); i++) {
    gradient[ids[i]] = gs + i * d;
    seen[ids[i]] = 1;
  }
  std::vector<int64_t> moving, still;
  std::vector<const float *> gradients;
  for (int64_t r = 0; r < rows; r++) {
    (seen[r] ? moving : still).push_back(r);
    if (seen[r]) gradients.push_back(gradient[r]);
  }
  auto *ps = p.data_ptr<float>();
  kernelTable->adamwRows(f, ps, m.data_ptr<float>(), v.data_ptr<float>(), gradients.data(), moving.data(), moving.size(), d, threads);
  if (f.keep != 1) kernelTable->decayRows(f, ps, still.data(), still.size(), d, threads);
}

// One update of p [...] in place, with its moments m and v. Where the gradient
// is sparse, of a table [V, d] of which a step looks up few rows, seen [V] marks
// the rows that had one before: the others' moments are zero, and they only
// decay. That is what the whole gradient would do, bit for bit.
//
// The gradient counts clip times, a float32 scalar on p's device.
void adamw(at::Tensor &p, at::Tensor &m, at::Tensor &v, uint8_t *seen, const at::Tensor &clip, const AdamW &by) {
  RECORD_FUNCTION("xpt::adamw", std::vector<c10::IValue>{});
  at::AutoGradMode no_grad(false);
  auto g = p.mutable_grad();
  if (!g.defined()) return;
  auto f = factorsOf(by);
  const bool here = p.is_cpu() && p.is_contiguous();
  if (here) f.clip = clip.item<float>();
  if (here && g.is_sparse() && seen) return moveRows(p, m, v, g.coalesce(), seen, f);
  if (g.is_sparse()) g = g.to_dense();
  if (seen) std::memset(seen, 1, p.size(0));
  if (here) {
    g = g.contiguous();
    return kernelTable->adamw(f, p.data_ptr<float>(), m.data_ptr<float>(), v.data_ptr<float>(), g.data_ptr<float>(), p.numel(), at::get_num_threads());
  }
  g = g * clip;
  p.mul_(f.keep);
  m.lerp_(g, f.w1);
  v.mul_(f.beta2).addcmul_(g, g, f.w2);
  p.addcdiv_(m, (v.sqrt() / f.root2).add_(f.eps), -f.rate);
}

// Zeros that take memory where they are written to only, page by page.
at::Tensor untouchedZeros(at::IntArrayRef shape) {
  size_t size = sizeof(float);
  for (int64_t n : shape) size *= n;
  if (size == 0) return at::zeros(shape, at::kFloat);
  void *base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TORCH_CHECK(base != MAP_FAILED, "out of memory: ", size, " bytes are not to be had");
  madvise(base, size, MADV_NOHUGEPAGE); // a large page would hold hundreds of rows for one
  return at::from_blob(base, shape, [base, size](void *) { munmap(base, size); }, at::kFloat);
}

} // namespace xpt
