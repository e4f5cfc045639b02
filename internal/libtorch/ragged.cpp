// Attention of packed rows, without padding and without a copy of what they
// share. Texts are short: scores of a head fit the nearest cache, and most of
// what separate operations take goes into padding, moving and masking. One
// row's queries at a time meet their keys here, one head after the other, and
// the backward pass computes the weights again from the logarithm of their sum
// (as Dao et al. 2022, arXiv 2205.14135).
#include "ragged.h"
#include "given.h"
#include "operands.h"
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
  int64_t heads, width, past, longest; // width is head_dim, longest the most tokens of a row and of the one it continues
  const std::vector<int64_t> *starts, *behind;
  int64_t rows() const { return static_cast<int64_t>(starts->size()) - 1; }
  int64_t tokens(int64_t row) const { return (*starts)[row + 1] - (*starts)[row]; }
  // The row that another continues, -1 for none, and how many tokens it has.
  int64_t leftOf(int64_t row) const { return behind->empty() ? -1 : (*behind)[row]; }
  int64_t left(int64_t row) const { return leftOf(row) < 0 ? 0 : tokens(leftOf(row)); }
  int64_t wide() const { return heads * width; }
  int64_t keys() const { return past + longest; }
  // Before a row's own keys stand the past's and in front of those what makes whole units of them; in all there is room for a whole number of units.
  template <class U> int64_t before() const { return unitsOf<U>(past) * kDepth<U>; }
  template <class U> int64_t lead() const { return before<U>() - past; }
  template <class U> int64_t slots() const { return before<U>() + unitsOf<U>(longest) * kDepth<U>; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(width)); }
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

// Slice is one head's part of a row, [n, head_dim], whose rows lie step apart.
template <class E> struct Slice {
  const E *at;
  int64_t step;
};

// whole is a row's slice of keys or values, with those of the row that it
// continues before its own, for which it takes room.
template <class E> Slice<E> whole(const Shape &s, const E *from, int64_t head, int64_t row, E *room) {
  auto of = [&](int64_t row) { return from + (*s.starts)[row] * s.wide() + head * s.width; };
  if (s.left(row) == 0) return {of(row), s.wide()};
  E *to = room;
  auto copy = [&](int64_t row) {
    for (int64_t t = 0; t < s.tokens(row); t++, to += s.width) std::memcpy(to, of(row) + t * s.wide(), s.width * sizeof(E));
  };
  copy(s.leftOf(row));
  copy(row);
  return {room, s.width};
}

// place is where the weights of a query begin among all, for dropout.
int64_t place(const Shape &s, int64_t head, int64_t token) { return (head * s.starts->back() + token) * s.keys(); }

template <class E, class U> void forward(const Shape &s, const E *q, const E *k, const E *v, const E *pastK, const E *pastV, const Lots &lots, E *out, float *logSums) {
  const int64_t before = s.before<U>(), lead = s.lead<U>(), slots = s.slots<U>(), depth = unitsOf<U>(s.width);
  each(s, [&](int64_t head, int64_t, int64_t firstRow, int64_t endRow) {
    Turned<U> keys(slots, s.width);
    Standing<U> values(slots, s.width);
    if (s.past > 0) {
      keys.put(pastK + head * s.past * s.width, s.width, lead, s.past);
      values.put(pastV + head * s.past * s.width, s.width, 0, lead, s.past);
    }
    Weights<U> weights(kQueries, slots);
    Room<U> queries(kQueries * depth);
    Room<float> scores(kQueries * slots), result(kQueries * s.width);
    Room<E> room(s.behind->empty() ? 0 : s.longest * s.width);
    for (int64_t row = firstRow; row < endRow; row++) {
      int64_t start = (*s.starts)[row], tokens = s.tokens(row), left = s.left(row), column = head * s.width;
      auto rowK = whole(s, k, head, row, room.data());
      keys.put(rowK.at, rowK.step, before, left + tokens);
      auto rowV = whole(s, v, head, row, room.data());
      values.put(rowV.at, rowV.step, before, 0, left + tokens);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        int64_t n = std::min(kQueries, tokens - first), seen = before + left + first + n, ld = unitsOf<U>(seen) * kDepth<U>;
        load(q + (start + first) * s.wide() + column, s.wide(), n, s.width, queries.data());
        multiply(n, seen, depth, {queries.data(), depth, 1}, keys.data.data(), keys.ld, scores.data(), ld, false);
        for (int64_t t = 0; t < n; t++) {
          float *x = scores.data() + t * ld;
          int64_t own = s.past + left + first + t + 1;
          float logSum = softmax(x + lead, own, s.scale());
          std::fill(x, x + lead, 0.0f);
          std::fill(x + lead + own, x + ld, 0.0f);
          if (logSums) logSums[head * s.starts->back() + start + first + t] = logSum;
          if (lots.below) drop(x + lead, own, lots, place(s, head, start + first + t), x + lead);
        }
        weights.take(scores.data(), n, ld);
        multiply(n, s.width, unitsOf<U>(ld), weights.along(), values.data.data(), s.width, result.data(), s.width, false);
        store(result.data(), n, s.width, out + (start + first) * s.wide() + column, s.wide());
      }
    }
  });
}

// The gradients of the past are sums over parts, [parts, H, P, width].
template <class E, class U> void backward(const Shape &s, const E *q, const E *k, const E *v, const E *pastK, const E *pastV, const Lots &lots,
                                          const float *logSums, const E *grad, E *dq, E *dk, E *dv, float *dPastK, float *dPastV) {
  const int64_t before = s.before<U>(), lead = s.lead<U>(), slots = s.slots<U>(), depth = unitsOf<U>(s.width);
  each(s, [&](int64_t head, int64_t part, int64_t firstRow, int64_t endRow) {
    Turned<U> keys(slots, s.width), values(slots, s.width);
    Standing<U> standingKeys(slots, s.width);
    if (s.past > 0) {
      keys.put(pastK + head * s.past * s.width, s.width, lead, s.past);
      standingKeys.put(numbers(keys.rows.data()), s.width, 0, lead, s.past);
      values.put(pastV + head * s.past * s.width, s.width, lead, s.past);
    }
    Weights<U> kept(kQueries, slots), gradients(kQueries, slots); // of attention after dropout, and of the scores
    Standing<U> standingQueries(kQueries, s.width), standingGradient(kQueries, s.width);
    Room<U> queries(kQueries * depth), gradient(kQueries * depth);
    Room<float> result(kQueries * s.width), weights(kQueries * slots), scores(kQueries * slots), dropped(lots.below ? kQueries * slots : 0);
    std::vector<float> toKeys(slots * s.width), toValues(slots * s.width);
    for (int64_t row = firstRow; row < endRow; row++) {
      int64_t start = (*s.starts)[row], tokens = s.tokens(row), column = head * s.width, pastSize = before * s.width;
      keys.put(k + start * s.wide() + column, s.wide(), before, tokens);
      standingKeys.put(numbers(keys.rows.data()), s.width, before, 0, tokens);
      values.put(v + start * s.wide() + column, s.wide(), before, tokens);
      std::fill(toKeys.begin() + pastSize, toKeys.end(), 0.0f); // the past's part goes on adding up
      std::fill(toValues.begin() + pastSize, toValues.end(), 0.0f);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        int64_t n = std::min(kQueries, tokens - first), seen = before + first + n, ld = unitsOf<U>(seen) * kDepth<U>;
        int64_t at = (start + first) * s.wide() + column;
        load(q + at, s.wide(), n, s.width, queries.data());
        load(grad + at, s.wide(), n, s.width, gradient.data());
        multiply(n, seen, depth, {queries.data(), depth, 1}, keys.data.data(), keys.ld, weights.data(), ld, false);
        multiply(n, seen, depth, {gradient.data(), depth, 1}, values.data.data(), values.ld, scores.data(), ld, false);
        for (int64_t t = 0; t < n; t++) {
          float *w = weights.data() + t * ld, *g = scores.data() + t * ld;
          int64_t own = s.past + first + t + 1, token = start + first + t;
          weightsAgain(w + lead, own, s.scale(), logSums[head * s.starts->back() + token]);
          auto clear = [&](float *x) {
            std::fill(x, x + lead, 0.0f);
            std::fill(x + lead + own, x + ld, 0.0f);
          };
          clear(g);
          if (!lots.below) {
            clear(w);
            scoreGradientWhole(w + lead, g + lead, own, dot(w + lead, g + lead, own), s.scale());
            continue;
          }
          float *stay = dropped.data() + t * ld;
          clear(stay);
          drop(w + lead, own, lots, place(s, head, token), stay + lead);
          scoreGradient(w + lead, stay + lead, g + lead, own, dot(stay + lead, g + lead, own), s.scale());
        }
        kept.take(lots.below ? dropped.data() : weights.data(), n, ld);
        gradients.take(scores.data(), n, ld);
        multiply(n, s.width, unitsOf<U>(ld), gradients.along(), standingKeys.data.data(), s.width, result.data(), s.width, false);
        store(result.data(), n, s.width, dq + at, s.wide());
        standingQueries.put(numbers(queries.data()), s.width, 0, 0, n);
        standingGradient.put(numbers(gradient.data()), s.width, 0, 0, n);
        multiply(seen, s.width, unitsOf<U>(n), gradients.across(), standingQueries.data.data(), s.width, toKeys.data(), s.width, true);
        multiply(seen, s.width, unitsOf<U>(n), kept.across(), standingGradient.data.data(), s.width, toValues.data(), s.width, true);
      }
      store(toKeys.data() + pastSize, tokens, s.width, dk + start * s.wide() + column, s.wide());
      store(toValues.data() + pastSize, tokens, s.width, dv + start * s.wide() + column, s.wide());
    }
    if (s.past > 0) {
      int64_t at = (part * s.heads + head) * s.past * s.width;
      std::memcpy(dPastK + at, toKeys.data() + lead * s.width, s.past * s.width * sizeof(float));
      std::memcpy(dPastV + at, toValues.data() + lead * s.width, s.past * s.width * sizeof(float));
    }
  });
}

const std::vector<int64_t> none;

Shape shapeOf(const at::Tensor &q, const at::Tensor &pastK, const std::vector<int64_t> &starts, const std::vector<int64_t> &behind, int64_t heads) {
  Shape s{heads, q.size(1) / heads, pastK.defined() ? pastK.size(2) : 0, 0, &starts, &behind};
  for (int64_t r = 0; r < s.rows(); r++) {
    int64_t left = s.leftOf(r);
    TORCH_CHECK(left < s.rows() && (left < 0 || s.leftOf(left) < 0), "row ", r, " cannot continue row ", left);
    s.longest = std::max(s.longest, s.left(r) + s.tokens(r));
  }
  return s;
}

template <class E> const E *pointer(const at::Tensor &t) { return t.defined() ? static_cast<const E *>(t.data_ptr()) : nullptr; }
template <class E> E *place(const at::Tensor &t) { return static_cast<E *>(t.data_ptr()); }

at::Tensor contiguous(const at::Tensor &t) { return t.defined() ? t.contiguous() : t; }

// dispatch calls fn with an element of q and the unit that its products are computed in.
template <class F> auto dispatch(const at::Tensor &q, const Shape &s, F fn) {
  if (q.scalar_type() == at::kFloat) return fn(float(), float());
#if defined(__x86_64__)
  if (hasBFloat16() && s.width % 2 == 0) return fn(uint16_t(), Pair());
#endif
  return fn(uint16_t(), float());
}

at::Tensor compute(const Shape &s, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &pastK, const at::Tensor &pastV, const Lots &lots,
                   const at::Tensor &logSums) {
  RECORD_FUNCTION("xpt::attention", std::vector<c10::IValue>{});
  auto out = at::empty_like(q);
  dispatch(q, s, [&](auto e, auto u) {
    using E = decltype(e);
    forward<E, decltype(u)>(s, pointer<E>(q), pointer<E>(k), pointer<E>(v), pointer<E>(pastK), pointer<E>(pastV), lots, place<E>(out),
                            logSums.defined() ? place<float>(logSums) : nullptr);
  });
  return out;
}

struct RaggedAttention : torch::autograd::Function<RaggedAttention> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const c10::optional<at::Tensor> &pastKeys,
                            const c10::optional<at::Tensor> &pastValues, std::vector<int64_t> starts, int64_t heads, double p) {
    auto pastK = pastKeys.value_or(at::Tensor()), pastV = pastValues.value_or(at::Tensor());
    Lots lots = p > 0 ? draw_lots(p) : Lots{};
    auto s = shapeOf(q, pastK, starts, none, heads);
    auto logSums = at::empty({heads, q.size(0)}, q.options().dtype(at::kFloat));
    auto out = compute(s, q, k, v, pastK, pastV, lots, logSums);
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
    auto s = shapeOf(q, saved[3], starts, none, ctx->saved_data["heads"].toInt());
    auto dq = at::empty_like(q), dk = at::empty_like(q), dv = at::empty_like(q);
    at::Tensor dPastK, dPastV;
    if (s.past > 0) {
      dPastK = at::empty({std::min(kParts, s.rows()), s.heads, s.past, s.width}, q.options().dtype(at::kFloat));
      dPastV = at::empty_like(dPastK);
    }
    auto grad = grads[0].contiguous();
    dispatch(q, s, [&](auto e, auto u) {
      using E = decltype(e);
      ::backward<E, decltype(u)>(s, pointer<E>(q), pointer<E>(saved[1]), pointer<E>(saved[2]), pointer<E>(saved[3]), pointer<E>(saved[4]), lots,
                                 pointer<float>(saved[5]), pointer<E>(grad), place<E>(dq), place<E>(dk), place<E>(dv), s.past > 0 ? place<float>(dPastK) : nullptr,
                                 s.past > 0 ? place<float>(dPastV) : nullptr);
    });
    auto sum = [&](const at::Tensor &parts) { return parts.defined() ? parts.sum(0, true).to(q.scalar_type()) : parts; };
    return {dq, dk, dv, sum(dPastK), sum(dPastV), {}, {}, {}};
  }
};

} // namespace

at::Tensor xpt_ragged_attention(const at::Tensor &q_, const at::Tensor &k_, const at::Tensor &v_, const at::Tensor &past_k_, const at::Tensor &past_v_,
                                const std::vector<int64_t> &starts, const std::vector<int64_t> &behind, int64_t heads, double dropout) {
  auto q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous(), past_k = contiguous(past_k_), past_v = contiguous(past_v_);
  bool wanted = q.requires_grad() || k.requires_grad() || v.requires_grad() || (past_k.defined() && (past_k.requires_grad() || past_v.requires_grad()));
  if (at::GradMode::is_enabled() && wanted) {
    TORCH_CHECK(behind.empty(), "rows that continue others have no gradients");
    return RaggedAttention::apply(q, k, v, given(past_k), given(past_v), starts, heads, dropout);
  }
  Lots lots = dropout > 0 ? draw_lots(dropout) : Lots{};
  auto s = shapeOf(q, past_k, starts, behind, heads);
  return compute(s, q, k, v, past_k, past_v, lots, {});
}
