#include "shim.h"

#include "adafactor.h"
#include "adamw.h"
#include "allocator.h"
#include "attention.h"
#include "autotune.h"
#include "casts.h"
#include "dropout.h"
#include "fetch.h"
#include "flash.h"
#include "graph.h"
#include "linear.h"
#include "memory.h"
#include "gradients.h"
#include "profile.h"
#include "ranks.h"
#include "recompute.h"
#include "table.h"
#include "trace.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/record_function.h>
#include <torch/csrc/api/include/torch/version.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <c10/util/Logging.h>
#include <dlfcn.h>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace xpt {

at::Tensor &T(xpt_tensor t) { return *static_cast<at::Tensor *>(t); }

at::Tensor optionalT(xpt_tensor t) { return t ? T(t) : at::Tensor(); }

at::Generator generator(xpt_tensor t) { return at::globalContext().defaultGenerator(T(t).device()); }

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

extern "C" {

void xpt_connect(const void *table, xpt_recompute_function on_recompute, xpt_forget_function on_forget,
                 xpt_gradient_function on_gradient) {
  kernelTable = static_cast<const kernels::Table *>(table);
  recompute = on_recompute;
  forget = on_forget;
  arrived = on_gradient;
}

void xpt_use_allocator(void) { useAllocator(); }

void xpt_release_memory(void) { releaseMemory(); }

int64_t xpt_gpu_peak(int gpu, int restart) { return gpuPeak(gpu, restart != 0); }

// A section of the program's file of its own, where the launcher reads it without running the program.
__attribute__((used, section("xpt_libtorch"))) static const char builtFor[] = TORCH_VERSION;

const char *xpt_torch_version(void) { return builtFor; }

char *xpt_torch_config(void) { return strdup((at::show_config() + "\n" + at::get_parallel_info()).c_str()); }

char *xpt_seed(int64_t seed) {
  return guard([&] { at::manual_seed(seed); });
}

char *xpt_random_state(xpt_tensor t, xpt_tensor *out) {
  return guard([&] { *out = new at::Tensor(generator(t).get_state()); });
}

char *xpt_set_random_state(xpt_tensor t, xpt_tensor state) {
  return guard([&] { generator(t).set_state(T(state)); });
}

void xpt_free(xpt_tensor t) { delete static_cast<at::Tensor *>(t); }

char *xpt_set_threads(int n) {
  return guard([&] { at::set_num_threads(n); });
}

int xpt_threads(void) { return at::get_num_threads(); }

int xpt_grad_mode(int on) {
  int before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(on != 0);
  return before;
}

int xpt_grad_enabled(void) { return at::GradMode::is_enabled(); }

int xpt_cuda_devices(void) {
  try {
    const int n = at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
    // From here on only errors: the allocator warns in several lines of a full GPU, before it frees what it keeps or fails.
    if (n > 0 && !getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = 2;
    return n;
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

char *xpt_to_gpu(const void *data, const int64_t *shape, int ndim, int dtype, int gpu, xpt_tensor *out) {
  return guard([&] {
    auto type = static_cast<at::ScalarType>(dtype);
    // Copies are asynchronous only from pinned memory; libtorch keeps the block until the copy is done.
    auto pinned = at::empty(at::IntArrayRef(shape, ndim), at::TensorOptions().dtype(type).pinned_memory(true));
    if (pinned.nbytes() > 0) std::memcpy(pinned.data_ptr(), data, pinned.nbytes());
    *out = new at::Tensor(pinned.to(at::Device(at::kCUDA, gpu), type, /*non_blocking=*/true));
  });
}

char *xpt_fetch(xpt_tensor x, void **fetch) {
  return guard([&] { *fetch = new Fetch(T(x)); });
}

char *xpt_fetched(void *fetch, float *out) {
  return guard([&] {
    std::unique_ptr<Fetch> f(static_cast<Fetch *>(fetch));
    if (out) f->read(out);
  });
}

char *xpt_data_ptr(xpt_tensor t, void **out) {
  return guard([&] { *out = T(t).data_ptr(); });
}

char *xpt_write(xpt_tensor x, int dim, int64_t start, xpt_tensor src) {
  return guard([&] { T(x).narrow(dim, start, T(src).size(dim)).copy_(T(src)); });
}

char *xpt_grad(xpt_tensor t, xpt_tensor *out) {
  return guard([&] {
    auto g = T(t).grad();
    *out = g.defined() ? new at::Tensor(g.is_sparse() ? g.to_dense() : g) : nullptr;
  });
}

char *xpt_clear_grad(xpt_tensor t) {
  return guard([&] { T(t).mutable_grad() = at::Tensor(); });
}

char *xpt_cast_all(const xpt_tensor *from, int n, int dtype, xpt_tensor *to) {
  return guard([&] {
    variable_list all;
    for (int i = 0; i < n; i++) all.push_back(T(from[i]));
    auto casts = CastAll::apply(at::TensorList(all), static_cast<at::ScalarType>(dtype)); // which reads tensors of no vector
    for (int i = 0; i < n; i++) to[i] = new at::Tensor(casts[i]);
  });
}

char *xpt_copy(xpt_tensor dst, xpt_tensor src) {
  return guard([&] {
    at::AutoGradMode no_grad(false);
    T(dst).copy_(T(src));
  });
}

char *xpt_split(xpt_tensor x, int dim, int n, xpt_tensor *parts) {
  return guard([&] {
    auto views = T(x).split(T(x).size(dim) / n, dim); // whose gradient is one copy of those of the parts
    for (int i = 0; i < n; i++) parts[i] = new at::Tensor(views.at(i));
  });
}

char *xpt_linear(xpt_tensor x, xpt_tensor w, xpt_tensor b, xpt_tensor *out) {
  return guard([&] { *out = new at::Tensor(linearLayer(T(x), T(w), optionalT(b))); });
}

char *xpt_linear_by(xpt_tensor x, xpt_tensor w, xpt_tensor b, int way, int *ways, const char **name, xpt_tensor *out) {
  return guard([&] {
    at::Tensor y;
    *ways = linearWay(T(x), T(w), optionalT(b), way, name, &y);
    *out = y.defined() ? new at::Tensor(y) : nullptr;
  });
}

char *xpt_autotune_file(const char *path) {
  return guard([&] { useAutotuneFile(path); });
}

char *xpt_packing_pays(xpt_tensor w, int dtype, int *pays) {
  return guard([&] { *pays = prepackingPays(T(w), static_cast<at::ScalarType>(dtype)); });
}

char *xpt_packed(xpt_tensor w, int dtype, xpt_tensor *out) {
  return guard([&] {
    auto type = static_cast<at::ScalarType>(dtype);
    *out = canPrepack(T(w), type) ? new at::Tensor(prepack(T(w), type)) : nullptr;
  });
}

char *xpt_linear_packed(xpt_tensor x, xpt_tensor w, xpt_tensor wt, xpt_tensor b, xpt_tensor *out) {
  return guard([&] { *out = new at::Tensor(packedLinear(T(x), T(w), optionalT(wt), optionalT(b))); });
}

char *xpt_dropout(xpt_tensor base, xpt_tensor x, double p, int64_t first, xpt_tensor *out) {
  return guard([&] { *out = new at::Tensor(base ? addDropped(T(base), T(x), p, first) : dropped(T(x), p, first)); });
}

char *xpt_attention(xpt_tensor q_, xpt_tensor k_, xpt_tensor v_, xpt_tensor mask_, int causal, double dropout, xpt_tensor *out) {
  return guard([&] {
    auto &q = T(q_), &k = T(k_), &v = T(v_);
    c10::optional<at::Tensor> mask;
    if (mask_) mask = T(mask_);
#if TORCH_VERSION_MAJOR >= 2
    *out = new at::Tensor(at::scaled_dot_product_attention(q, k, v, mask, dropout, causal != 0));
#else
    auto scores = at::matmul(q * (1.0 / std::sqrt(static_cast<double>(q.size(-1)))), k.transpose(-1, -2));
    if (causal) {
      auto future = at::ones({q.size(-2), k.size(-2)}, q.options().dtype(at::kBool)).triu(1);
      scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
    }
    if (mask) scores = scores + *mask;
    *out = new at::Tensor(at::matmul(at::dropout(at::softmax(scores, -1), dropout, dropout > 0), v));
#endif
  });
}

char *xpt_attention_packed(xpt_tensor q, xpt_tensor k, xpt_tensor v, xpt_tensor past_k, xpt_tensor past_v, const int64_t *starts,
                           const int64_t *prefix_row, int n, int heads, double dropout, const int64_t *place,
                           xpt_tensor *out) {
  return guard([&] {
    std::vector<int64_t> rows(starts, starts + n + 1), prefixRow(prefix_row, prefix_row ? prefix_row + n : nullptr);
    auto pastK = optionalT(past_k), pastV = optionalT(past_v);
    *out = new at::Tensor(packedAttention(T(q), T(k), T(v), pastK, pastV, rows, prefixRow, heads, dropout,
                                         std::vector<int64_t>(place, place + 3)));
  });
}

char *xpt_attention_flash(xpt_tensor q, xpt_tensor k, xpt_tensor v, xpt_tensor past_k, xpt_tensor past_v, const int64_t *starts,
                          int n, const int64_t *groups, int groups_n, xpt_tensor cumulative, int heads, double dropout,
                          xpt_tensor *out) {
  return guard([&] {
    PackedRows rows{{starts, starts + n + 1}, {groups, groups + groups_n}, optionalT(cumulative)};
    *out = new at::Tensor(flashAttention(T(q), T(k), T(v), optionalT(past_k), optionalT(past_v), rows, heads, dropout));
  });
}

int xpt_flash_serves(int gpu, int dtype, int64_t head_dim) {
  return flashServes(gpu, static_cast<at::ScalarType>(dtype), head_dim);
}

char *xpt_recomputed(uint64_t id, xpt_tensor out, xpt_tensor *inputs, int n, xpt_tensor *result) {
  return guard([&] {
    std::vector<at::Tensor> in;
    for (int i = 0; i < n; i++) in.push_back(T(inputs[i]));
    *result = new at::Tensor(recomputed(id, T(out), in));
  });
}

int xpt_requires_grad(xpt_tensor t) { return T(t).requires_grad(); }

char *xpt_leaf(xpt_tensor t, xpt_tensor *out) {
  return guard([&] {
    auto leaf = T(t).detach();
    leaf.set_requires_grad(T(t).requires_grad());
    *out = new at::Tensor(leaf);
  });
}

char *xpt_backward(xpt_tensor out, xpt_tensor grad) {
  return guard([&] { T(out).backward(T(grad)); });
}

char *xpt_take_grad(xpt_tensor from, xpt_tensor to) {
  return guard([&] { T(to) = T(from).grad(); });
}

char *xpt_set_grad(xpt_tensor t, xpt_tensor grad) {
  return guard([&] { T(t).mutable_grad() = T(grad); });
}

char *xpt_row_grad(xpt_tensor t, xpt_tensor *ids, xpt_tensor *rows) {
  return guard([&] { rowGrad(T(t), ids, rows); });
}

char *xpt_set_row_grad(xpt_tensor t, xpt_tensor ids, xpt_tensor rows) {
  return guard([&] { setRowGrad(T(t), T(ids), T(rows)); });
}

char *xpt_on_gradient(xpt_tensor t, uint64_t id, int index, void **hook) {
  return guard([&] { *hook = new GradientHook(T(t), id, index); });
}

void xpt_off_gradient(void *hook) { delete static_cast<GradientHook *>(hook); }

char *xpt_grad_norm(xpt_tensor *params, int n, double max_norm, xpt_tensor *norm, xpt_tensor *clip) {
  return guard([&] {
    RECORD_FUNCTION("xpt::grad_norm", std::vector<c10::IValue>{});
    at::AutoGradMode no_grad(false);
    std::vector<at::Tensor> grads;
    for (int i = 0; i < n; i++) {
      auto &g = T(params[i]).mutable_grad();
      if (!g.defined()) continue;
      if (g.is_sparse()) g = g.coalesce();
      grads.push_back(g.is_sparse() ? g._values() : g);
    }
    auto scalar = T(params[0]).options().dtype(at::kFloat);
    auto all = grads.empty() ? at::zeros({}, scalar) : at::stack(at::_foreach_norm(grads)).norm();
    auto exact = all.to(at::kDouble).add_(1e-6);
    auto factor = at::ones({}, scalar);
    if (max_norm > 0) factor = at::full_like(exact, max_norm).div_(exact).clamp_max_(1).to(at::kFloat);
    factor.add_(all, 0); // NaN by a norm that is not finite
    *clip = new at::Tensor(factor);
    *norm = new at::Tensor(all);
  });
}

char *xpt_adamw(const xpt_tensor *params, const xpt_tensor *exp_avgs, const xpt_tensor *exp_avg_sqs, uint8_t *const *seen, int n,
                xpt_tensor clip, double lr, double beta1, double beta2, double eps, double weight_decay, int64_t step, int fused) {
  return guard([&] {
    std::vector<Moving> all;
    for (int i = 0; i < n; i++) all.push_back({T(params[i]), T(exp_avgs[i]), T(exp_avg_sqs[i]), seen[i]});
    adamw(all, T(clip), {lr, beta1, beta2, eps, weight_decay, step}, fused != 0);
  });
}

char *xpt_untouched_zeros(const int64_t *shape, int ndim, xpt_tensor *out) {
  return guard([&] { *out = new at::Tensor(untouchedZeros(at::IntArrayRef(shape, ndim))); });
}

char *xpt_adafactor(xpt_tensor param, xpt_tensor row_var, xpt_tensor col_var, xpt_tensor clip, double lr, double weight_decay,
                    int64_t step) {
  return guard([&] { adafactor(T(param), T(row_var), optionalT(col_var), T(clip), lr, weight_decay, step); });
}

int xpt_can_record(void) { return graphClass().there(); }

char *xpt_record_begin(int gpu, void **graph) {
  return guard([&] { *graph = new Graph(gpu); });
}

char *xpt_record_end(void *graph) {
  return guard([&] { static_cast<Graph *>(graph)->end(); });
}

char *xpt_replay(void *graph) {
  return guard([&] { static_cast<Graph *>(graph)->replay(); });
}

void xpt_graph_free(void *graph) { delete static_cast<Graph *>(graph); }

#ifdef XPT_C10D
#define XPT_RANKS(...) return guard([&] { __VA_ARGS__ })
#else
#define XPT_RANKS(...) return strdup("this libtorch has no c10d (torch.distributed): several processes need libtorch 2.0 or later")
#endif

int xpt_ranks_there(void) {
#ifdef XPT_C10D
  return 1;
#else
  return 0;
#endif
}

char *xpt_ranks_open(const char *host, int port, int serves, const char *prefix, int rank, int size, int64_t milliseconds,
                     void **ranks) {
  XPT_RANKS(*ranks = openStore(host, port, serves != 0, prefix, rank, size, milliseconds););
}

char *xpt_ranks_connect(void *ranks, const char *host, int64_t milliseconds) {
  XPT_RANKS(connect(*static_cast<Ranks *>(ranks), host, milliseconds););
}

char *xpt_ranks_close(void *ranks) { XPT_RANKS(delete static_cast<Ranks *>(ranks);); }

char *xpt_ranks_set(void *ranks, const char *key, const char *value) {
  XPT_RANKS(std::string text(value); static_cast<Ranks *>(ranks)->store->set(key, std::vector<uint8_t>(text.begin(), text.end())););
}

char *xpt_ranks_get(void *ranks, const char *key, int64_t milliseconds, char **value) {
  XPT_RANKS(auto &store = *static_cast<Ranks *>(ranks)->store; store.wait({key}, std::chrono::milliseconds(milliseconds));
            auto bytes = store.get(key); *value = strdup(std::string(bytes.begin(), bytes.end()).c_str()););
}

char *xpt_ranks_sum(void *ranks, xpt_tensor t, void **work) {
  XPT_RANKS(*work = sum(*static_cast<Ranks *>(ranks), T(t)););
}

char *xpt_ranks_broadcast(void *ranks, xpt_tensor t, int root, void **work) {
  XPT_RANKS(*work = broadcast(*static_cast<Ranks *>(ranks), T(t), root););
}

char *xpt_ranks_gather(void *ranks, xpt_tensor out, xpt_tensor t, void **work) {
  XPT_RANKS(*work = gather(*static_cast<Ranks *>(ranks), T(out), T(t)););
}

char *xpt_ranks_exchange(void *ranks, xpt_tensor out, xpt_tensor in, int tag, void **work) {
  XPT_RANKS(*work = exchange(*static_cast<Ranks *>(ranks), T(out), T(in), tag););
}

char *xpt_ranks_wait(void *work) {
  XPT_RANKS(std::unique_ptr<Work> w(static_cast<Work *>(work)); for (auto &x : w->works) x->wait(););
}

char *xpt_profile_start(void) {
  return guard([] { startProfile(); });
}

char *xpt_profile_stop(void) { return strdup(stopProfile().c_str()); }

char *xpt_trace_start(int gpu) {
  return guard([&] { startTrace(gpu != 0); });
}

char *xpt_trace_stop(char **text) {
  return guard([&] { *text = strdup(stopTrace().c_str()); });
}

} // extern "C"

} // namespace xpt
