#include "shim.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <dlfcn.h>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

at::Tensor &T(xpt_tensor t) { return *static_cast<at::Tensor *>(t); }

template <class F> char *guard(F f) {
  try {
    f();
    return nullptr;
  } catch (const std::exception &e) {
    return strdup(e.what());
  } catch (...) {
    return strdup("unknown C++ exception");
  }
}

} // namespace

const char *xpt_torch_version(void) { return TORCH_VERSION; }

char *xpt_torch_config(void) { return strdup((at::show_config() + "\n" + at::get_parallel_info()).c_str()); }

char *xpt_seed(int64_t seed) {
  return guard([&] {
    at::manual_seed(seed);
  });
}

char *xpt_set_threads(int n) {
  return guard([&] { at::set_num_threads(n); });
}

int xpt_threads(void) { return at::get_num_threads(); }

int xpt_grad_mode(int on) {
  int before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(on != 0);
  return before;
}

int xpt_cuda_devices(void) {
  try {
    return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
  } catch (...) {
    return 0;
  }
}

char *xpt_load_library(const char *path) {
  return dlopen(path, RTLD_NOW | RTLD_GLOBAL) ? nullptr : strdup(dlerror());
}

char *xpt_from_blob(void *data, const int64_t *shape, int ndim, int dtype, int copy, xpt_tensor *out) {
  return guard([&] {
    auto t = at::from_blob(data, at::IntArrayRef(shape, ndim), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    *out = new at::Tensor(copy ? t.clone() : t);
  });
}

char *xpt_data_ptr(xpt_tensor t, void **out) {
  return guard([&] { *out = T(t).data_ptr(); });
}

char *xpt_clear_grad(xpt_tensor t) {
  return guard([&] { T(t).mutable_grad() = at::Tensor(); });
}

char *xpt_attention(xpt_tensor q_, xpt_tensor k_, xpt_tensor v_, xpt_tensor mask_, int causal, xpt_tensor *out) {
  return guard([&] {
    auto &q = T(q_), &k = T(k_), &v = T(v_);
    c10::optional<at::Tensor> mask;
    if (mask_) mask = T(mask_);
#if TORCH_VERSION_MAJOR >= 2
    *out = new at::Tensor(at::scaled_dot_product_attention(q, k, v, mask, 0.0, causal != 0));
#else
    auto scores = at::matmul(q * (1.0 / std::sqrt(static_cast<double>(q.size(-1)))), k.transpose(-1, -2));
    if (causal) {
      auto future = at::ones({q.size(-2), k.size(-2)}, q.options().dtype(at::kBool)).triu(1);
      scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
    }
    if (mask) scores = scores + *mask;
    *out = new at::Tensor(at::matmul(at::softmax(scores, -1), v));
#endif
  });
}

char *xpt_clip_grad_norm(xpt_tensor *params, int n, double max_norm, double *norm) {
  return guard([&] {
    at::AutoGradMode no_grad(false);
    std::vector<at::Tensor> norms;
    for (int i = 0; i < n; i++) {
      auto &g = T(params[i]).mutable_grad();
      if (g.defined()) norms.push_back(g.norm());
    }
    if (norms.empty()) {
      *norm = 0;
      return;
    }
    *norm = at::stack(norms).norm().item<double>();
    double scale = max_norm / (*norm + 1e-6);
    if (max_norm <= 0 || !(scale < 1)) return;
    for (int i = 0; i < n; i++) {
      auto &g = T(params[i]).mutable_grad();
      if (g.defined()) g.mul_(scale);
    }
  });
}

char *xpt_adamw(xpt_tensor param, xpt_tensor exp_avg, xpt_tensor exp_avg_sq, double lr, double beta1, double beta2, double eps,
                double weight_decay, int64_t step) {
  return guard([&] {
    at::AutoGradMode no_grad(false);
    auto &p = T(param), &m = T(exp_avg), &v = T(exp_avg_sq);
    auto g = p.mutable_grad();
    if (!g.defined()) return;
    double correction1 = 1 - std::pow(beta1, step), correction2 = 1 - std::pow(beta2, step);
    p.mul_(1 - lr * weight_decay);
    m.lerp_(g, 1 - beta1);
    v.mul_(beta2).addcmul_(g, g, 1 - beta2);
    p.addcdiv_(m, (v.sqrt() / std::sqrt(correction2)).add_(eps), -lr / correction1);
  });
}
