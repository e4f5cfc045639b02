// Attention of packed rows, without padding and without a copy of what they
// share. Texts are short: scores of a head fit the nearest cache, and most of
// what separate operations take goes into padding, moving and masking. One
// row's queries at a time meet their keys here, one head after the other, and
// the backward pass computes the weights again from the logarithm of their sum
// (as Dao et al. 2022, arXiv 2205.14135).
#include "ragged.h"
#include "head_math.h"
#include "team.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kQueries = 48; // of a block: the scores of one stay in the cache
constexpr int64_t kParts = 4;    // of the rows of a head; a fixed number, so that sums over rows run in one order on any number of threads

struct Shape {
  int64_t heads, width, past, longest; // width is head_dim, longest the most tokens of a row
  const std::vector<int64_t> *starts;
  int64_t rows() const { return static_cast<int64_t>(starts->size()) - 1; }
  int64_t wide() const { return heads * width; }
  int64_t keys() const { return past + longest; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(width)); }
};

// Keys is what one row's queries meet under one head: the past, then its own.
struct Keys {
  std::vector<float> plain, turned; // [S, width], [width, S]
  int64_t ld;
  Keys(const Shape &s) : plain(s.keys() * s.width), turned(s.keys() * s.width), ld(s.keys()) {}
  template <class E> void past(const Shape &s, const E *from) {
    load(from, s.width, s.past, s.width, plain.data());
    transpose(plain.data(), s.past, s.width, turned.data(), ld);
  }
  template <class E> void own(const Shape &s, const E *from, int64_t tokens) {
    float *to = plain.data() + s.past * s.width;
    load(from, s.wide(), tokens, s.width, to);
    transpose(to, tokens, s.width, turned.data() + s.past, ld);
  }
};

// each calls fn for each head and part of the rows, on all cores.
template <class F> void each(const Shape &s, F fn) {
  int64_t parts = std::min(kParts, s.rows());
  parallel(s.heads * parts, 1, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      int64_t part = task % parts;
      fn(task / parts, part, s.rows() * part / parts, s.rows() * (part + 1) / parts);
    }
  });
}

// place is where the weights of a query begin among all, for dropout.
int64_t place(const Shape &s, int64_t head, int64_t token) { return (head * s.starts->back() + token) * s.keys(); }

template <class E> void forward(const Shape &s, const E *q, const E *k, const E *v, const E *pastK, const E *pastV, const Lots &lots, E *out, float *logSums) {
  each(s, [&](int64_t head, int64_t, int64_t firstRow, int64_t endRow) {
    Keys keys(s), values(s);
    if (s.past > 0) {
      keys.past(s, pastK + head * s.past * s.width);
      values.past(s, pastV + head * s.past * s.width);
    }
    std::vector<float> queries(kQueries * s.width), scores(kQueries * s.keys()), result(kQueries * s.width);
    for (int64_t row = firstRow; row < endRow; row++) {
      int64_t start = (*s.starts)[row], tokens = (*s.starts)[row + 1] - start, column = head * s.width;
      keys.own(s, k + start * s.wide() + column, tokens);
      float *ownValues = values.plain.data() + s.past * s.width;
      load(v + start * s.wide() + column, s.wide(), tokens, s.width, ownValues);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        int64_t n = std::min(kQueries, tokens - first), seen = s.past + first + n;
        load(q + (start + first) * s.wide() + column, s.wide(), n, s.width, queries.data());
        multiply(n, seen, s.width, {queries.data(), s.width, 1}, keys.turned.data(), keys.ld, scores.data(), seen, false);
        for (int64_t t = 0; t < n; t++) {
          float *x = scores.data() + t * seen;
          int64_t own = s.past + first + t + 1;
          float logSum = softmax(x, own, s.scale());
          std::fill(x + own, x + seen, 0.0f);
          if (logSums) logSums[head * s.starts->back() + start + first + t] = logSum;
          if (lots.below) drop(x, own, lots, place(s, head, start + first + t));
        }
        multiply(n, s.width, seen, {scores.data(), seen, 1}, values.plain.data(), s.width, result.data(), s.width, false);
        store(result.data(), n, s.width, out + (start + first) * s.wide() + column, s.wide());
      }
    }
  });
}

// The gradients of the past are sums over parts, [parts, H, P, width].
template <class E> void backward(const Shape &s, const E *q, const E *k, const E *v, const E *pastK, const E *pastV, const Lots &lots,
                                 const float *logSums, const E *grad, E *dq, E *dk, E *dv, float *dPastK, float *dPastV) {
  each(s, [&](int64_t head, int64_t part, int64_t firstRow, int64_t endRow) {
    Keys keys(s), values(s);
    if (s.past > 0) {
      keys.past(s, pastK + head * s.past * s.width);
      values.past(s, pastV + head * s.past * s.width);
    }
    int64_t all = s.keys() * s.width;
    std::vector<float> queries(kQueries * s.width), gradient(kQueries * s.width), result(kQueries * s.width), weights(kQueries * s.keys()),
        scores(kQueries * s.keys()), dropped(lots.below ? kQueries * s.keys() : 0), toKeys(all), toValues(all);
    for (int64_t row = firstRow; row < endRow; row++) {
      int64_t start = (*s.starts)[row], tokens = (*s.starts)[row + 1] - start, column = head * s.width, pastSize = s.past * s.width;
      keys.own(s, k + start * s.wide() + column, tokens);
      values.own(s, v + start * s.wide() + column, tokens);
      std::fill(toKeys.begin() + pastSize, toKeys.end(), 0.0f); // the past's part goes on adding up
      std::fill(toValues.begin() + pastSize, toValues.end(), 0.0f);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        int64_t n = std::min(kQueries, tokens - first), seen = s.past + first + n;
        int64_t at = (start + first) * s.wide() + column;
        load(q + at, s.wide(), n, s.width, queries.data());
        load(grad + at, s.wide(), n, s.width, gradient.data());
        multiply(n, seen, s.width, {queries.data(), s.width, 1}, keys.turned.data(), keys.ld, weights.data(), seen, false);
        multiply(n, seen, s.width, {gradient.data(), s.width, 1}, values.turned.data(), values.ld, scores.data(), seen, false);
        for (int64_t t = 0; t < n; t++) {
          float *w = weights.data() + t * seen, *g = scores.data() + t * seen;
          int64_t own = s.past + first + t + 1, token = start + first + t;
          weightsAgain(w, own, s.scale(), logSums[head * s.starts->back() + token]);
          std::fill(w + own, w + seen, 0.0f);
          std::fill(g + own, g + seen, 0.0f);
          if (!lots.below) {
            scoreGradientWhole(w, g, own, dot(w, g, own), s.scale());
            continue;
          }
          float *kept = dropped.data() + t * seen;
          std::memcpy(kept, w, seen * sizeof(float));
          drop(kept, own, lots, place(s, head, token));
          scoreGradient(w, kept, g, own, dot(kept, g, own), s.scale());
        }
        const float *kept = lots.below ? dropped.data() : weights.data();
        multiply(n, s.width, seen, {scores.data(), seen, 1}, keys.plain.data(), s.width, result.data(), s.width, false);
        store(result.data(), n, s.width, dq + at, s.wide());
        multiply(seen, s.width, n, {scores.data(), 1, seen}, queries.data(), s.width, toKeys.data(), s.width, true);
        multiply(seen, s.width, n, {kept, 1, seen}, gradient.data(), s.width, toValues.data(), s.width, true);
      }
      store(toKeys.data() + pastSize, tokens, s.width, dk + start * s.wide() + column, s.wide());
      store(toValues.data() + pastSize, tokens, s.width, dv + start * s.wide() + column, s.wide());
    }
    if (s.past > 0) {
      int64_t at = (part * s.heads + head) * s.past * s.width;
      std::memcpy(dPastK + at, toKeys.data(), s.past * s.width * sizeof(float));
      std::memcpy(dPastV + at, toValues.data(), s.past * s.width * sizeof(float));
    }
  });
}

Shape shapeOf(const at::Tensor &q, const at::Tensor &pastK, const std::vector<int64_t> &starts, int64_t heads) {
  Shape s{heads, q.size(1) / heads, pastK.defined() ? pastK.size(2) : 0, 0, &starts};
  for (int64_t r = 0; r < s.rows(); r++) s.longest = std::max(s.longest, starts[r + 1] - starts[r]);
  return s;
}

template <class E> const E *pointer(const at::Tensor &t) { return t.defined() ? static_cast<const E *>(t.data_ptr()) : nullptr; }
template <class E> E *place(const at::Tensor &t) { return static_cast<E *>(t.data_ptr()); }

at::Tensor contiguous(const at::Tensor &t) { return t.defined() ? t.contiguous() : t; }

template <class E> at::Tensor compute(const Shape &s, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &pastK, const at::Tensor &pastV,
                                      const Lots &lots, const at::Tensor &logSums) {
  RECORD_FUNCTION("xpt::attention", std::vector<c10::IValue>{});
  auto out = at::empty_like(q);
  forward<E>(s, pointer<E>(q), pointer<E>(k), pointer<E>(v), pointer<E>(pastK), pointer<E>(pastV), lots, place<E>(out),
             logSums.defined() ? place<float>(logSums) : nullptr);
  return out;
}

struct RaggedAttention : torch::autograd::Function<RaggedAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const c10::optional<at::Tensor> &pastKeys,
                            const c10::optional<at::Tensor> &pastValues, std::vector<int64_t> starts, int64_t heads, double p) {
    auto pastK = pastKeys.value_or(at::Tensor()), pastV = pastValues.value_or(at::Tensor());
    Lots lots = p > 0 ? draw_lots(p) : Lots{};
    auto s = shapeOf(q, pastK, starts, heads);
    auto logSums = at::empty({heads, q.size(0)}, q.options().dtype(at::kFloat));
    auto out = q.scalar_type() == at::kFloat ? compute<float>(s, q, k, v, pastK, pastV, lots, logSums) : compute<uint16_t>(s, q, k, v, pastK, pastV, lots, logSums);
    ctx->save_for_backward({q, k, v, pastK, pastV, logSums});
    ctx->saved_data["starts"] = starts;
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["key"] = static_cast<int64_t>(lots.key);
    ctx->saved_data["below"] = static_cast<int64_t>(lots.below);
    ctx->saved_data["scale"] = static_cast<double>(lots.scale);
    return out;
  }

  static variable_list backward(AutogradContext *ctx, variable_list grads) {
    auto saved = ctx->get_saved_variables();
    auto starts = ctx->saved_data["starts"].toIntVector();
    Lots lots{static_cast<uint64_t>(ctx->saved_data["key"].toInt()), static_cast<uint32_t>(ctx->saved_data["below"].toInt()),
              static_cast<float>(ctx->saved_data["scale"].toDouble())};
    auto &q = saved[0];
    auto s = shapeOf(q, saved[3], starts, ctx->saved_data["heads"].toInt());
    auto dq = at::empty_like(q), dk = at::empty_like(q), dv = at::empty_like(q);
    at::Tensor dPastK, dPastV;
    if (s.past > 0) {
      dPastK = at::empty({std::min(kParts, s.rows()), s.heads, s.past, s.width}, q.options().dtype(at::kFloat));
      dPastV = at::empty_like(dPastK);
    }
    auto grad = grads[0].contiguous();
    auto fill = [&](auto e) {
      using E = decltype(e);
      ::backward<E>(s, pointer<E>(q), pointer<E>(saved[1]), pointer<E>(saved[2]), pointer<E>(saved[3]), pointer<E>(saved[4]), lots, pointer<float>(saved[5]),
                     pointer<E>(grad), place<E>(dq), place<E>(dk), place<E>(dv), s.past > 0 ? place<float>(dPastK) : nullptr,
                    s.past > 0 ? place<float>(dPastV) : nullptr);
    };
    if (q.scalar_type() == at::kFloat)
      fill(float());
    else
      fill(uint16_t());
    auto sum = [&](const at::Tensor &parts) { return parts.defined() ? parts.sum(0, true).to(q.scalar_type()) : parts; };
    return {dq, dk, dv, sum(dPastK), sum(dPastV), {}, {}, {}};
  }
};

} // namespace

at::Tensor xpt_ragged_attention(const at::Tensor &q_, const at::Tensor &k_, const at::Tensor &v_, const at::Tensor &past_k_, const at::Tensor &past_v_,
                                const std::vector<int64_t> &starts, int64_t heads, double dropout) {
  auto q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous(), past_k = contiguous(past_k_), past_v = contiguous(past_v_);
  bool wanted = q.requires_grad() || k.requires_grad() || v.requires_grad() || (past_k.defined() && (past_k.requires_grad() || past_v.requires_grad()));
  if (at::GradMode::is_enabled() && wanted) {
    auto given = [](const at::Tensor &t) { return t.defined() ? c10::optional<at::Tensor>(t) : c10::nullopt; };
    return RaggedAttention::apply(q, k, v, given(past_k), given(past_v), starts, heads, dropout);
  }
  Lots lots = dropout > 0 ? draw_lots(dropout) : Lots{};
  auto s = shapeOf(q, past_k, starts, heads);
  return q.scalar_type() == at::kFloat ? compute<float>(s, q, k, v, past_k, past_v, lots, {}) : compute<uint16_t>(s, q, k, v, past_k, past_v, lots, {});
}
