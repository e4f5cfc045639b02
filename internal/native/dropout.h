// Dropout on the CPU. libtorch draws its mask on one core and stores it for the backward pass; here all cores compute the
// mask from one key per call, and the backward pass recomputes it.
#pragma once
#include "autograd.h"
#include "table.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <cmath>
#include <mutex>

namespace xpt {

// drawDropout is the dropout mask of a call with probability p < 1, from an element on; its key is drawn from the CPU's generator.
kernels::Dropout drawDropout(double p, int64_t first) {
  auto generator = at::detail::getDefaultCPUGenerator();
  std::lock_guard<std::mutex> lock(generator.mutex());
  const auto below = static_cast<uint32_t>(std::llround(p * 4294967296.0));
  return {generator.get<at::CPUGeneratorImpl>()->random64(), below, static_cast<float>(1 / (1 - p)), first};
}

// saveDropout saves the mask's key for the backward pass.
void saveDropout(AutogradContext *ctx, const kernels::Dropout &d) {
  ctx->saved_data["key"] = static_cast<int64_t>(d.key);
  ctx->saved_data["below"] = static_cast<int64_t>(d.below);
  ctx->saved_data["scale"] = static_cast<double>(d.scale);
  ctx->saved_data["first"] = d.first;
}

kernels::Dropout savedDropout(AutogradContext *ctx) {
  return {static_cast<uint64_t>(ctx->saved_data["key"].toInt()), static_cast<uint32_t>(ctx->saved_data["below"].toInt()),
          static_cast<float>(ctx->saved_data["scale"].toDouble()), ctx->saved_data["first"].toInt()};
}

at::Tensor drop(const kernels::Dropout &d, const at::Tensor &base, const at::Tensor &x) {
  RECORD_FUNCTION("xpt::dropout", std::vector<c10::IValue>{});
  auto in = x.contiguous(), onto = base.defined() ? base.contiguous() : base;
  auto y = at::empty_like(in);
  const auto type = x.scalar_type() == at::kFloat ? kernels::Type::float32 : kernels::Type::bfloat16;
  kernelTable->dropout(d, type, onto.defined() ? onto.data_ptr() : nullptr, in.data_ptr(), y.data_ptr(), in.numel(),
                       at::get_num_threads());
  return y;
}

struct Dropout : torch::autograd::Function<Dropout> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, double p, int64_t first) {
    auto d = drawDropout(p, first);
    saveDropout(ctx, d);
    return drop(d, {}, x);
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) { return {drop(savedDropout(ctx), {}, grad[0]), {}, {}}; }
};

struct AddDropout : torch::autograd::Function<AddDropout> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &base, const at::Tensor &x, double p, int64_t first) {
    auto d = drawDropout(p, first);
    saveDropout(ctx, d);
    return drop(d, base, x);
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) {
    return {grad[0], drop(savedDropout(ctx), {}, grad[0]), {}, {}};
  }
};

bool fits(const at::Tensor &x, double p) {
  return p >= 0 && p < 1 && x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

// dropped is x with elements zeroed with probability p, and the others scaled by 1 / (1 - p). The mask is that of a larger tensor
// from element `first` on, where it is xpt's own.
at::Tensor dropped(const at::Tensor &x, double p, int64_t first) {
  return fits(x, p) ? Dropout::apply(x, p, first) : at::dropout(x, p, true);
}

// addDropped is base + dropped(x, p, first).
at::Tensor addDropped(const at::Tensor &base, const at::Tensor &x, double p, int64_t first) {
  bool same = base.scalar_type() == x.scalar_type() && base.sizes() == x.sizes();
  return fits(x, p) && same ? AddDropout::apply(base, x, p, first) : base + at::dropout(x, p, true);
}

} // namespace xpt
