// Decoupled-weight-decay Adam (Loshchilov & Hutter, arXiv 1711.05101).
#pragma once
#include "table.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/api/include/torch/version.h>
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

// Moving is a parameter [...] with its moments. seen is null, or [V] of a table [V, d]: it marks the rows that have had a
// gradient; the moments of the others are zero, so that they only decay.
struct Moving {
  at::Tensor p, m, v;
  uint8_t *seen;
};

// adamwOne updates x by clip times its gradient g, sparse or dense. A sparse one gives what a dense one gives, bit for bit.
void adamwOne(const Moving &x, at::Tensor g, const at::Tensor &clip, kernels::AdamW f) {
  const auto &p = x.p;
  const bool own = p.is_cpu() && p.is_contiguous();
  if (own) f.clip = clip.item<float>();
  if (own && g.is_sparse() && x.seen) return updateRows(p, x.m, x.v, g.coalesce(), x.seen, f);
  if (g.is_sparse()) g = g.to_dense();
  if (x.seen) std::memset(x.seen, 1, p.size(0));
  if (own) {
    g = g.contiguous();
    return kernelTable->adamw(f, p.data_ptr<float>(), x.m.data_ptr<float>(), x.v.data_ptr<float>(), g.data_ptr<float>(), p.numel(),
                              at::get_num_threads());
  }
  g = g * clip;
  p.mul_(f.keep);
  x.m.lerp_(g, f.w1);
  x.v.mul_(f.beta2).addcmul_(g, g, f.w2);
  p.addcdiv_(x.m, (x.v.sqrt() / f.root2).add_(f.eps), -f.rate);
}

// fusedAdamW updates dense parameters in a few launches and no host wait. Where clip is NaN, which it is of gradients that are
// not finite, they stay.
void fusedAdamW(const std::vector<Moving> &all, const at::Tensor &clip, const AdamW &by) {
#if TORCH_VERSION_MAJOR >= 2
  std::vector<at::Tensor> p, g, m, v;
  for (auto &x : all) {
    auto grad = x.p.grad();
    p.push_back(x.p);
    g.push_back((grad.is_sparse() ? grad.to_dense() : grad).contiguous());
    m.push_back(x.m);
    v.push_back(x.v);
  }
  if (p.empty()) return;
  auto divisor = clip.reciprocal(), notFinite = divisor.ne(divisor).to(at::kFloat);
  std::vector<at::Tensor> steps(p.size(), at::full({}, static_cast<double>(by.step), clip.options())); // read only
  at::_fused_adamw_(p, g, m, v, {}, steps, by.lr, by.beta1, by.beta2, by.weight_decay, by.eps, false, false, divisor, notFinite);
#else
  for (auto &x : all) adamwOne(x, x.p.grad(), clip, factorsOf(by));
#endif
}

// adamw updates parameters in place by clip times their gradients, those that have one. clip is a float32 scalar on their
// device. fused asks for libtorch's kernel for many parameters at a time, on a GPU.
void adamw(const std::vector<Moving> &all, const at::Tensor &clip, const AdamW &by, bool fused) {
  RECORD_FUNCTION("xpt::adamw", std::vector<c10::IValue>{});
  at::AutoGradMode no_grad(false);
  std::vector<Moving> together;
  for (auto &x : all) {
    if (!x.p.grad().defined()) continue;
    if (fused && x.p.is_contiguous() && !x.seen)
      together.push_back(x);
    else
      adamwOne(x, x.p.grad(), clip, factorsOf(by));
  }
  fusedAdamW(together, clip, by);
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
