// Adafactor (Shazeer & Stern, arXiv 1804.04235), as in torch.optim.Adafactor.
#pragma once
#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cmath>

namespace xpt {

// adafactor updates p in place by clip times its gradient. row and col are the factored second moments; unless p is a matrix,
// col is undefined and row has p's shape.
void adafactor(at::Tensor &p, at::Tensor &row, at::Tensor col, const at::Tensor &clip, double lr, double weight_decay,
               int64_t step) {
  RECORD_FUNCTION("xpt::adafactor", std::vector<c10::IValue>{});
  const double beta2_decay = -0.8, eps1 = 1.1920929e-7, eps2 = 1e-3;
  at::AutoGradMode no_grad(false);
  auto g = p.mutable_grad();
  if (!g.defined()) return;
  if (g.is_sparse()) g = g.to_dense();
  g = g * clip;
  double fresh = std::pow(static_cast<double>(step), beta2_decay), size = std::sqrt(static_cast<double>(p.numel()));
  auto rms = [size](const at::Tensor &x) { return x.norm().to(at::kDouble).div_(size); }; // on x's device: no synchronisation
  auto rate = rms(p).clamp_min_(eps2).mul_(std::min(lr, 1 / std::sqrt(static_cast<double>(step))));
  p.mul_(1 - lr * weight_decay);
  auto square = g * g;
  at::Tensor estimate;
  if (col.defined()) {
    row.lerp_(square.mean({-1}, true), fresh);
    col.lerp_(square.mean({-2}, true), fresh);
    estimate = at::matmul(row, col).div_(row.mean({-2}, true).clamp_min_(eps1));
  } else {
    row.lerp_(square, fresh);
    estimate = row.clone();
  }
  auto update = estimate.clamp_min_(eps1 * eps1).rsqrt_().mul_(g);
  p.addcmul_(update, rate.div_(rms(update).clamp_min_(1)).to(at::kFloat), -1);
}

} // namespace xpt
