#include "adamw.h"
#include "team.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <sys/mman.h>
#include <vector>

namespace {

// Factors are the numbers of an update in the form that its elements need them.
struct Factors {
  float keep, w1, beta2, w2, root2, eps, rate, clip = 1;
  explicit Factors(const AdamW &by)
      : keep(1 - by.lr * by.weight_decay), w1(1 - by.beta1), beta2(by.beta2), w2(1 - by.beta2), root2(std::sqrt(1 - std::pow(by.beta2, by.step))), eps(by.eps),
        rate(by.lr / (1 - std::pow(by.beta1, by.step))) {}
};

#define VECTORS __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3", "no-math-errno", "no-trapping-math")))

// One pass over memory instead of the dozen that separate operations take. As
// x is also squared it is a rounded product, as a gradient scaled in memory is.
VECTORS void move(float *__restrict p, float *__restrict m, float *__restrict v, const float *__restrict g, int64_t n, const Factors f) {
  for (int64_t i = 0; i < n; i++) {
    float x = f.clip * g[i];
    m[i] += f.w1 * (x - m[i]);
    v[i] = f.beta2 * v[i] + f.w2 * (x * x);
    p[i] = f.keep * p[i] - f.rate * (m[i] / (std::sqrt(v[i]) / f.root2 + f.eps));
  }
}

VECTORS void decay(float *__restrict p, int64_t n, float keep) {
  for (int64_t i = 0; i < n; i++) p[i] *= keep;
}

void moveAll(const at::Tensor &p, const at::Tensor &m, const at::Tensor &v, const at::Tensor &g, const Factors &f) {
  auto *ps = p.data_ptr<float>(), *ms = m.data_ptr<float>(), *vs = v.data_ptr<float>(), *gs = g.data_ptr<float>();
  parallel(p.numel(), 1 << 15, [&](int64_t from, int64_t to) { move(ps + from, ms + from, vs + from, gs + from, to - from, f); });
}

// moveRows takes a coalesced gradient.
void moveRows(const at::Tensor &p, const at::Tensor &m, const at::Tensor &v, const at::Tensor &g, uint8_t *seen, const Factors &f) {
  const int64_t rows = p.size(0), d = p.size(1);
  auto indices = g._indices().contiguous(), values = g._values().contiguous();
  auto *ids = indices.data_ptr<int64_t>();
  auto *gs = values.data_ptr<float>();
  std::vector<const float *> gradient(rows);
  for (int64_t i = 0; i < g._nnz(); i++) {
    gradient[ids[i]] = gs + i * d;
    seen[ids[i]] = 1;
  }
  std::vector<int64_t> moving, still;
  for (int64_t r = 0; r < rows; r++) (seen[r] ? moving : still).push_back(r);
  const std::vector<float> none(d);
  auto *ps = p.data_ptr<float>(), *ms = m.data_ptr<float>(), *vs = v.data_ptr<float>();
  const int64_t grain = std::max<int64_t>(1, (1 << 15) / d);
  parallel(moving.size(), grain, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      int64_t r = moving[i];
      move(ps + r * d, ms + r * d, vs + r * d, gradient[r] ? gradient[r] : none.data(), d, f);
    }
  });
  if (f.keep == 1) return;
  parallel(still.size(), grain, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) decay(ps + still[i] * d, d, f.keep);
  });
}

} // namespace

void adamw(at::Tensor &p, at::Tensor &m, at::Tensor &v, uint8_t *seen, const at::Tensor &clip, const AdamW &by) {
  RECORD_FUNCTION("xpt::adamw", std::vector<c10::IValue>{});
  at::AutoGradMode no_grad(false);
  auto g = p.mutable_grad();
  if (!g.defined()) return;
  Factors f(by);
  const bool here = p.is_cpu() && p.is_contiguous();
  if (here) f.clip = clip.item<float>();
  if (here && g.is_sparse() && seen) return moveRows(p, m, v, g.coalesce(), seen, f);
  if (g.is_sparse()) g = g.to_dense();
  if (seen) std::memset(seen, 1, p.size(0));
  if (here) return moveAll(p, m, v, g.contiguous(), f);
  g = g * clip;
  p.mul_(f.keep);
  m.lerp_(g, f.w1);
  v.mul_(f.beta2).addcmul_(g, g, f.w2);
  p.addcdiv_(m, (v.sqrt() / f.root2).add_(f.eps), -f.rate);
}

at::Tensor untouched_zeros(at::IntArrayRef shape) {
  size_t size = sizeof(float);
  for (int64_t n : shape) size *= n;
  if (size == 0) return at::zeros(shape, at::kFloat);
  void *base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TORCH_CHECK(base != MAP_FAILED, "out of memory: ", size, " bytes are not to be had");
  madvise(base, size, MADV_NOHUGEPAGE); // a large page would hold hundreds of rows for one
  return at::from_blob(base, shape, [base, size](void *) { munmap(base, size); }, at::kFloat);
}
