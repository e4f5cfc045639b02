// Dropout on the CPU. libtorch draws its mask one number after the other on
// one core, and keeps it for the backward pass; here every element's lot is a
// hash of its place and of one number drawn for the whole call, so that all
// cores cast lots and the backward pass casts the same ones again.
#include "dropout.h"
#include "bf16.h"
#include "lots.h"
#include "team.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <cmath>
#include <mutex>

Lots draw_lots(double p) {
  auto generator = at::detail::getDefaultCPUGenerator();
  std::lock_guard<std::mutex> lock(generator.mutex());
  return {generator.get<at::CPUGeneratorImpl>()->random64(), static_cast<uint32_t>(std::lround(p * 4294967296.0)), static_cast<float>(1 / (1 - p))};
}

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#define VECTORS __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))

VECTORS void fall(const Lots lots, const float *__restrict x, float *__restrict y, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) y[i] = x[i] * lot(lots, i);
}

VECTORS void fall(const Lots lots, const uint16_t *__restrict x, uint16_t *__restrict y, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) y[i] = narrow(widen(x[i]) * lot(lots, i));
}

VECTORS void fallOnto(const Lots lots, const float *__restrict base, const float *__restrict x, float *__restrict y, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) y[i] = base[i] + x[i] * lot(lots, i);
}

VECTORS void fallOnto(const Lots lots, const uint16_t *__restrict base, const uint16_t *__restrict x, uint16_t *__restrict y, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) y[i] = narrow(widen(base[i]) + widen(x[i]) * lot(lots, i));
}

constexpr int64_t kGrain = 1 << 14;

template <class E> void onAll(const Lots &lots, const at::Tensor &base, const at::Tensor &x, const at::Tensor &y) {
  auto *b = base.defined() ? static_cast<const E *>(base.data_ptr()) : nullptr;
  auto *from = static_cast<const E *>(x.data_ptr());
  auto *to = static_cast<E *>(y.data_ptr());
  parallel(x.numel(), kGrain, [&](int64_t begin, int64_t end) {
    if (b)
      fallOnto(lots, b, from, to, begin, end);
    else
      fall(lots, from, to, begin, end);
  });
}

at::Tensor castOn(const Lots &lots, const at::Tensor &base, const at::Tensor &x) {
  RECORD_FUNCTION("xpt::dropout", std::vector<c10::IValue>{});
  auto in = x.contiguous(), onto = base.defined() ? base.contiguous() : base;
  auto y = at::empty_like(in);
  if (x.scalar_type() == at::kFloat)
    onAll<float>(lots, onto, in, y);
  else
    onAll<uint16_t>(lots, onto, in, y);
  return y;
}

Lots lotsOf(AutogradContext *ctx) {
  return {static_cast<uint64_t>(ctx->saved_data["key"].toInt()), static_cast<uint32_t>(ctx->saved_data["below"].toInt()),
          static_cast<float>(ctx->saved_data["scale"].toDouble())};
}

void keep(AutogradContext *ctx, const Lots &lots) {
  ctx->saved_data["key"] = static_cast<int64_t>(lots.key);
  ctx->saved_data["below"] = static_cast<int64_t>(lots.below);
  ctx->saved_data["scale"] = static_cast<double>(lots.scale);
}

struct Dropout : torch::autograd::Function<Dropout> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, double p) {
    auto lots = draw_lots(p);
    keep(ctx, lots);
    return castOn(lots, {}, x);
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) { return {castOn(lotsOf(ctx), {}, grad[0]), {}}; }
};

struct AddDropout : torch::autograd::Function<AddDropout> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &base, const at::Tensor &x, double p) {
    auto lots = draw_lots(p);
    keep(ctx, lots);
    return castOn(lots, base, x);
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) { return {grad[0], castOn(lotsOf(ctx), {}, grad[0]), {}}; }
};

bool fits(const at::Tensor &x, double p) { return p < 1 && x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16); }

} // namespace

at::Tensor xpt_dropped(const at::Tensor &x, double p) { return fits(x, p) ? Dropout::apply(x, p) : at::dropout(x, p, true); }

at::Tensor xpt_add_dropped(const at::Tensor &base, const at::Tensor &x, double p) {
  bool same = base.scalar_type() == x.scalar_type() && base.sizes() == x.sizes();
  return fits(x, p) && same ? AddDropout::apply(base, x, p) : base + at::dropout(x, p, true);
}
