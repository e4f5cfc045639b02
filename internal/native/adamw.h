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
  return {f(1 - by.lr * by.weight_decay), f(1 - by.beta1), f(by.beta2), f(1 - by.beta2),
          f(std::sqrt(1 - std::pow(by.beta2, by.step))), f(by.eps), f(by.lr / (1 - std::pow(by.beta1, by.step))), 1};
}

// updateRows updates p by a coalesced sparse gradient.
void updateRows(const at::Tensor &p, const at::Tensor &m, const at::Tensor &v, const at::Tensor &g, uint8_t *seen,
                const kernels::AdamW &f) {
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
  kernelTable->adamwRows(f, ps, m.data_ptr<float>(), v.data_ptr<float>(), gradients.data(), moving.data(), moving.size(), d,
                         threads);
  if (f.keep != 1) kernelTable->decayRows(f, ps, still.data(), still.size(), d, threads);
}

// adamw updates p [...] in place by clip times its gradient, with the moments m and v; clip is a float32 scalar on p's
// device. For a sparse gradient, of a table [V, d], seen [V] marks the rows that have had one: the moments of the others are
// zero, so they only decay. The result equals that of a dense gradient bit for bit.
void adamw(at::Tensor &p, at::Tensor &m, at::Tensor &v, uint8_t *seen, const at::Tensor &clip, const AdamW &by) {
  RECORD_FUNCTION("xpt::adamw", std::vector<c10::IValue>{});
  at::AutoGradMode no_grad(false);
  auto g = p.mutable_grad();
  if (!g.defined()) return;
  auto f = factorsOf(by);
  const bool fused = p.is_cpu() && p.is_contiguous();
  if (fused) f.clip = clip.item<float>();
  if (fused && g.is_sparse() && seen) return updateRows(p, m, v, g.coalesce(), seen, f);
  if (g.is_sparse()) g = g.to_dense();
  if (seen) std::memset(seen, 1, p.size(0));
  if (fused) {
    g = g.contiguous();
    return kernelTable->adamw(f, p.data_ptr<float>(), m.data_ptr<float>(), v.data_ptr<float>(), g.data_ptr<float>(), p.numel(),
                              at::get_num_threads());
  }
  g = g * clip;
  p.mul_(f.keep);
  m.lerp_(g, f.w1);
  v.mul_(f.beta2).addcmul_(g, g, f.w2);
  p.addcdiv_(m, (v.sqrt() / f.root2).add_(f.eps), -f.rate);
}

// untouchedZeros are zeros whose pages take memory only when written.
at::Tensor untouchedZeros(at::IntArrayRef shape) {
  size_t size = sizeof(float);
  for (int64_t n : shape) size *= n;
  if (size == 0) return at::zeros(shape, at::kFloat);
  void *base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TORCH_CHECK(base != MAP_FAILED, "out of memory: ", size, " bytes are not to be had");
  madvise(base, size, MADV_NOHUGEPAGE); // a huge page would hold hundreds of rows
  return at::from_blob(base, shape, [base, size](void *) { munmap(base, size); }, at::kFloat);
}

} // namespace xpt
