// Linear layers. The fastest kernel for a product depends on the processor and the shape, and is autotuned: xpt's kernels,
// which read weights of any type in place from a checkpoint's mapped file, oneDNN's, and those of libtorch's BLAS.
#pragma once
#include "autograd.h"
#include "autotune.h"
#include "table.h"

#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <sstream>
#include <vector>

namespace xpt {

// oneDNN's operators exist only in newer libtorchs built with oneDNN.
const c10::optional<c10::OperatorHandle> &reorderOperator() {
  static const auto op = c10::Dispatcher::singleton().findSchema({"mkldnn::_reorder_linear_weight", ""});
  return op;
}
at::Tensor call(const c10::OperatorHandle &op, std::vector<c10::IValue> arguments) {
  torch::jit::Stack stack(std::move(arguments));
  op.callBoxed(&stack);
  return stack.back().toTensor();
}

at::Tensor onednn(const c10::OperatorHandle &linear, const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  auto bias = b.defined() ? c10::IValue(b) : c10::IValue();
  return call(linear, {x.contiguous(), w, bias, "none", c10::List<c10::optional<at::Scalar>>(), ""});
}

// libtorch 2.0 has this product only with an activation, and refuses "none".
const c10::optional<c10::OperatorHandle> &linearOperator() {
  static const auto op = []() -> c10::optional<c10::OperatorHandle> {
    const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!found) return {};
    at::AutoGradMode no_grad(false);
    const auto one = at::ones({1, 1});
    try {
      onednn(*found, one, one, {});
    } catch (const c10::Error &) {
      return {};
    }
    return found;
  }();
  return op;
}

// onednn is x w^T + b; w is prepacked or not.
at::Tensor onednn(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) { return onednn(*linearOperator(), x, w, b); }

// Product is x w^T + b; x [m, k] and w [n, k] may be transposed views.
struct Product {
  at::Tensor x, w, b; // b may be undefined
  bool xTransposed = false, wTransposed = false;
  int64_t m() const { return x.size(xTransposed); }
  int64_t n() const { return w.size(wTransposed); }
  int64_t k() const { return w.size(!wTransposed); }
  at::Tensor plainX() const { return xTransposed ? x.t() : x; }
  at::Tensor plainW() const { return wTransposed ? w.t() : w; }
};

kernels::Type typeOf(at::ScalarType t) {
  return t == at::kFloat ? kernels::Type::float32 : t == at::kHalf ? kernels::Type::float16 : kernels::Type::bfloat16;
}

// ours runs one of xpt's kernels.
at::Tensor ours(void (*kernel)(const kernels::Gemm &), const Product &p) {
  auto x = p.x.contiguous(), w = p.w.contiguous(), b = p.b.defined() ? p.b.contiguous() : p.b;
  auto y = at::empty({p.m(), p.n()}, x.options());
  kernel({p.m(), p.n(), p.k(), x.data_ptr(), w.data_ptr(), b.defined() ? b.data_ptr() : nullptr, y.data_ptr(),
          typeOf(x.scalar_type()), typeOf(w.scalar_type()), p.xTransposed, p.wTransposed, at::get_num_threads()});
  return y;
}

struct Way {
  const char *name;
  bool (*fits)(const Product &);
  at::Tensor (*run)(const Product &);
};

bool same(const Product &p) { return p.x.scalar_type() == p.w.scalar_type(); }

// By priority: the first that fits is used unless a later one is faster.
const Way kWays[] = {
    {"few rows",
     [](const Product &p) {
       return p.m() <= kernels::kMostRows && p.n() >= 16 && p.k() % 32 == 0 && !p.xTransposed && !p.wTransposed;
     },
     [](const Product &p) { return ours(kernelTable->fewRows, p); }},
    {"blocks", [](const Product &p) { return !p.xTransposed || p.x.scalar_type() == at::kFloat; },
     [](const Product &p) { return ours(kernelTable->gemm, p); }},
    {"oneDNN", [](const Product &p) { return same(p) && linearOperator().has_value(); },
     [](const Product &p) { return onednn(p.plainX(), p.plainW(), p.b); }},
    {"libtorch", same, [](const Product &p) { return at::linear(p.plainX(), p.plainW(), p.b); }},
};

std::vector<const Way *> waysOf(const Product &p) {
  std::vector<const Way *> ways;
  for (const auto &way : kWays)
    if (way.fits(p)) ways.push_back(&way);
  return ways;
}

// Sizes of the largest measured product: larger ones do not change the choice.
constexpr int64_t kMostTokens = 256, kMostFeatures = 4096;

int64_t bucket(int64_t tokens) {
  int64_t b = 1;
  while (b < std::min(tokens, kMostTokens)) b *= 2;
  return b;
}

// sample is a part of p for measurements.
Product sample(const Product &p) {
  auto part = [](const at::Tensor &t, int64_t dim, int64_t most) { return t.narrow(dim, 0, std::min(t.size(dim), most)); };
  auto s = p;
  const int64_t most = p.xTransposed ? kMostTokens : kMostFeatures;
  s.x = part(part(p.x, p.xTransposed, p.xTransposed ? kMostFeatures : kMostTokens), !p.xTransposed, most).contiguous();
  s.w = part(part(p.w, p.wTransposed, kMostFeatures), !p.wTransposed, most).contiguous();
  if (p.b.defined()) s.b = part(p.b, 0, kMostFeatures);
  return s;
}

std::string keyOf(const Product &p) {
  auto size = [](int64_t n) { return std::min(n, kMostFeatures); };
  const int64_t m = p.xTransposed ? size(p.m()) : bucket(p.m()), k = p.xTransposed ? bucket(p.k()) : size(p.k());
  std::ostringstream key;
  key << c10::toString(p.x.scalar_type()) << (p.xTransposed ? "^T" : "") << " [" << m << ", " << k << "] "
      << c10::toString(p.w.scalar_type()) << (p.wTransposed ? "" : "^T") << " [" << k << ", " << size(p.n()) << "] "
      << at::get_num_threads() << " threads";
  return key.str();
}

const Way &wayOf(const Product &p) {
  auto ways = waysOf(p);
  std::vector<std::string> names;
  for (auto *way : ways) names.push_back(way->name);
  Product s;
  return *ways[fastest(keyOf(p), names, 1.03, [&](int i) {
    if (!s.x.defined()) s = sample(p);
    ways[i]->run(s);
  })];
}

at::Tensor product(const Product &p) {
  at::AutoGradMode no_grad(false);
  if (p.m() == 0 || p.n() == 0 || p.k() == 0) return at::linear(p.plainX(), p.plainW().to(p.x.scalar_type()), p.b);
  RECORD_FUNCTION("xpt::linear", std::vector<c10::IValue>{});
  return wayOf(p).run(p);
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &w,
                            const c10::optional<at::Tensor> &bias) {
    auto b = bias.value_or(at::Tensor());
    ctx->save_for_backward({w.requires_grad() ? x : at::Tensor(), x.requires_grad() ? w : at::Tensor()});
    ctx->saved_data["biased"] = b.defined() && b.requires_grad();
    return product({x, w, b});
  }
  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    auto &x = saved[0], &w = saved[1], &grad = grads[0];
    variable_list out(3);
    if (w.defined()) out[0] = product({grad, w, {}, false, true});
    if (x.defined()) out[1] = product({grad, x, {}, true, true});
    if (ctx->saved_data["biased"].toBool()) out[2] = grad.sum(0);
    return out;
  }
};

struct PackedLinear : torch::autograd::Function<PackedLinear> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &x, const at::Tensor &forward, const at::Tensor &backward,
                            const c10::optional<at::Tensor> &b) {
    ctx->saved_data["backward"] = backward;
    return onednn(x, forward, b.value_or(at::Tensor()));
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) {
    return {onednn(grad[0], ctx->saved_data["backward"].toTensor(), {}), {}, {}, {}};
  }
};

bool stored(const at::Tensor &t) {
  return t.scalar_type() == at::kFloat || t.scalar_type() == at::kHalf || t.scalar_type() == at::kBFloat16;
}

// computes tells whether the ways above apply.
bool computes(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  const auto type = x.scalar_type();
  if (!x.is_cpu() || !w.is_cpu() || !stored(w) || w.dim() != 2 || x.dim() == 0 || x.size(-1) != w.size(1)) return false;
  if (b.defined() && (b.scalar_type() != type || b.numel() != w.size(0))) return false;
  if (type == at::kFloat) return !w.requires_grad() || w.scalar_type() == type;
  return type == at::kBFloat16 && kernelTable->pairs && !w.requires_grad();
}

at::Tensor reorder(const at::Tensor &w) {
  constexpr int64_t kUsualRows = 512; // the layout is optimised for this number, and works for others
  return call(*reorderOperator(), {w.contiguous(), kUsualRows});
}

// linearLayer is x w^T + b for x [..., in], w [out, in] and b [out], which may be undefined. On the CPU x is float32 or, if the
// processor multiplies it, bfloat16; w may be float32 or a half type, and is widened in the product without a copy. A w with a
// gradient has x's type.
at::Tensor linearLayer(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  if (!computes(x, w, b)) return at::linear(x, w, b);
  auto rows = x.dim() == 2 ? x : x.reshape({-1, x.size(-1)});
  bool wanted = x.requires_grad() || w.requires_grad() || (b.defined() && b.requires_grad());
  auto y = wanted && at::GradMode::is_enabled() ? Linear::apply(rows, w, toOptional(b)) : product({rows, w, b});
  if (x.dim() == 2) return y;
  auto shape = x.sizes().vec();
  shape.back() = w.size(0);
  return y.reshape(shape);
}

// linearWay returns the number of ways for these tensors, without gradients, and the name and result of number i; for tests.
int linearWay(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b, int i, const char **name, at::Tensor *out) {
  at::AutoGradMode no_grad(false);
  Product p{x, w, b};
  auto ways = waysOf(p);
  if (i < static_cast<int>(ways.size())) {
    *name = ways[i]->name;
    *out = ways[i]->run(p);
  }
  return static_cast<int>(ways.size());
}

// canPrepack tells whether w [out, in] can be prepacked for packedLinear with x of a type.
bool canPrepack(const at::Tensor &w, at::ScalarType type) {
  bool multiplied = type == at::kFloat || (type == at::kBFloat16 && kernelTable->pairs);
  return multiplied && w.dim() == 2 && w.is_cpu() && w.numel() > 0 && reorderOperator() && linearOperator();
}

// prepackingPays tells whether prepacking makes products more than 5 % faster.
bool prepackingPays(const at::Tensor &w, at::ScalarType type) {
  if (!canPrepack(w, type)) return false;
  at::AutoGradMode no_grad(false);
  const auto s = sample({at::zeros({kMostTokens, w.size(1)}, w.options().dtype(type)), w.detach(), {}});
  const Way &asItIs = wayOf(s);
  at::Tensor packed;
  return 1 == fastest("prepacked " + keyOf(s), {"as it is", "prepacked"}, 1.05, [&](int i) {
    if (!packed.defined()) packed = reorder(s.w.to(type));
    i == 0 ? asItIs.run(s) : onednn(s.x, packed, {});
  });
}

// prepack returns w prepacked, which is opaque to other operations.
at::Tensor prepack(const at::Tensor &w, at::ScalarType type) {
  at::AutoGradMode no_grad(false);
  return reorder(w.detach().to(type));
}

// packedLinear is x w^T + b for prepacked w and, if x needs a gradient, prepacked w^T; b may be undefined. Weights and bias
// get no gradients.
at::Tensor packedLinear(const at::Tensor &x, const at::Tensor &forward, const at::Tensor &backward, const at::Tensor &b) {
  if (at::GradMode::is_enabled() && x.requires_grad()) return PackedLinear::apply(x, forward, backward, toOptional(b));
  at::AutoGradMode no_grad(false);
  return onednn(x, forward, b);
}

} // namespace xpt
