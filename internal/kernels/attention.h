// Fused attention of packed rows, without padding and without copies of the shared past. Texts are short: the scores of a
// head fit in the L1 cache, and separate operations would spend most of their time on padding, copies and masks. Each head
// and row is computed by blocks of queries. The backward pass recomputes the weights from the log-sum-exp (Dao et al. 2022,
// arXiv 2205.14135).

constexpr int64_t kQueries = 48; // in a block, whose scores stay in the cache

struct Shape {
  const Attention &a;
  int64_t longest = 0; // largest number of tokens of a row with its prefix row
  explicit Shape(const Attention &a) : a(a) {
    for (int64_t r = 0; r < rows(); r++) longest = std::max(longest, prefixTokens(r) + tokens(r));
  }
  int64_t rows() const { return static_cast<int64_t>(a.starts->size()) - 1; }
  int64_t start(int64_t row) const { return (*a.starts)[row]; }
  int64_t tokens(int64_t row) const { return start(row + 1) - start(row); }
  // The row whose tokens precede this row's, or -1, and their number.
  int64_t prefixOf(int64_t row) const { return a.prefixRow->empty() ? -1 : (*a.prefixRow)[row]; }
  int64_t prefixTokens(int64_t row) const { return prefixOf(row) < 0 ? 0 : tokens(prefixOf(row)); }
  int64_t wide() const { return a.heads * a.width; }
  // The slots before a row's own keys: zeros up to whole units, then the past's keys.
  template <class U> int64_t before() const { return unitsOf<U>(a.past) * kDepth<U>; }
  template <class U> int64_t lead() const { return before<U>() - a.past; }
  template <class U> int64_t slots() const { return before<U>() + unitsOf<U>(longest) * kDepth<U>; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(a.width)); }
  // The index of a query's first weight among all, for the dropout mask.
  int64_t place(int64_t head, int64_t token) const {
    const int64_t tokens = a.allTokens ? a.allTokens : a.starts->back();
    return (head * tokens + a.firstToken + token) * (a.past + std::max(longest, a.longestRow));
  }
};

// each calls fn for each head and part of the rows. The parts do not depend on the threads: sums over rows have a fixed order.
template <class F> void each(const Shape &s, F fn) {
  const int64_t parts = std::min(kGradientParts, s.rows());
  parallel(s.a.threads, s.a.heads * parts, 1, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      int64_t part = task % parts;
      fn(task / parts, part, s.rows() * part / parts, s.rows() * (part + 1) / parts);
    }
  });
}

// Slice is a matrix with rows step apart.
template <class E> struct Slice {
  const E *at;
  int64_t step;
};

// gather copies a slice [rows, n] to contiguous rows of units.
template <class E, class U> void gather(Slice<E> from, int64_t rows, int64_t n, U *to) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * n / kDepth<U>, from.at + r * from.step, n * sizeof(E));
}

// scatter writes contiguous rows of float32 to rows step apart.
template <class E> void scatter(const float *from, int64_t rows, int64_t n, E *to, int64_t step) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < n; i += kLanes) put(to + r * step + i, any(from + r * n + i, n - i), n - i);
}

// transpose writes a matrix [rows, columns] of four-byte units to [columns, rows] with rows ld apart.
inline void transpose(const float *from, int64_t rows, int64_t columns, float *to, int64_t ld) {
  for (int64_t r = 0; r < rows; r += kLanes)
    for (int64_t c = 0; c < columns; c += kLanes) {
      V v[kLanes];
      const int64_t m = std::min<int64_t>(kLanes, rows - r), n = std::min<int64_t>(kLanes, columns - c);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; i++) v[i] = i < m ? any(from + (r + i) * columns + c, n) : V{};
      transposeBlock(v);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; i++)
        if (i < n) put(to + (c + i) * ld + r, v[i], m);
    }
}

// TransposedPanel holds keys or values as [width, slots], for products over width.
template <class U> struct TransposedPanel {
  int64_t width, ld;
  Scratch<U> data, rows;
  TransposedPanel(int64_t slots, int64_t width)
      : width(width), ld(slots), data(unitsOf<U>(width) * slots), rows(unitsOf<U>(width) * slots) {}
  // put sets n slots from `at` on to a slice [n, width], and leaves a contiguous copy of it in rows.
  template <class E> void put(Slice<E> from, int64_t at, int64_t n) {
    gather(from, n, width, rows.data());
    transpose(reinterpret_cast<const float *>(rows.data()), n, unitsOf<U>(width),
              reinterpret_cast<float *>(data.data() + at), ld);
  }
  template <class E> Slice<E> side() const { return {reinterpret_cast<const E *>(rows.data()), width}; }
};

// RowPanel is [slots, width] with units along the slots, for products over slots.
template <class U> struct RowPanel {
  int64_t width;
  Scratch<U> data;
  RowPanel(int64_t slots, int64_t width) : width(width), data(unitsOf<U>(slots) * width) {}
  // put sets lead slots from `at` on (a whole number of units) to zero, and the next n to a slice [n, width].
  void put(Slice<float> from, int64_t at, int64_t, int64_t n) { gather(from, n, width, data.data() + at * width); }
#ifdef PAIRS
  void put(Slice<BFloat16> from, int64_t at, int64_t lead, int64_t n) {
    auto row = [&](int64_t r, int64_t i) {
      I v = {};
      if (r >= 0 && r < n) v = bits(any(from.at + r * from.step + i, width - i));
      return v;
    };
    U *to = data.data() + at / 2 * width;
    for (int64_t u = 0; u < unitsOf<U>(lead + n); u++)
      for (int64_t i = 0; i < width; i += kLanes)
        kernels::put(reinterpret_cast<float *>(to + u * width + i),
                     (V)(row(2 * u - lead, i) | row(2 * u + 1 - lead, i) << 16), width - i);
  }
#endif
};

// Weights converts a float32 matrix, whose rows are whole units, to the units of a product.
template <class U> struct Weights;

template <> struct Weights<float> {
  const float *data = nullptr;
  int64_t columns = 0;
  Weights(int64_t, int64_t) {}
  void set(const float *from, int64_t, int64_t n) { data = from, columns = n; }
  Matrix<float> along() const { return {data, columns, 1}; }  // [rows, columns]
  Matrix<float> across() const { return {data, 1, columns}; } // [columns, rows]
};

#ifdef PAIRS
template <> struct Weights<Pair> {
  Scratch<BFloat16> data;
  Scratch<Pair> rowPanel;
  int64_t rows = 0, columns = 0;
  Weights(int64_t rows, int64_t columns) : data(rows * columns), rowPanel(unitsOf<Pair>(rows) * columns) {}
  void set(const float *from, int64_t m, int64_t n) {
    rows = m, columns = n;
    scatter(from, 1, m * n, data.data(), 0);
  }
  Matrix<Pair> along() const { return {reinterpret_cast<const Pair *>(data.data()), columns / 2, 1}; } // [rows, columns]
  Matrix<Pair> across() const { // [columns, rows]
    for (int64_t u = 0; u < unitsOf<Pair>(rows); u++)
      for (int64_t i = 0; i < columns; i += kLanes) {
        auto at = [&](int64_t r) { return r < rows ? bits(any(data.data() + r * columns + i, columns - i)) : I{}; };
        put(reinterpret_cast<float *>(rowPanel.data() + u * columns + i), (V)(at(2 * u) | at(2 * u + 1) << 16), columns - i);
      }
    return {rowPanel.data(), 1, columns};
  }
};
#endif

template <class E, class U> void attentionOf(const Attention &a, const Dropout &dropout, E *out, float *logSums) {
  const Shape s(a);
  const E *q = static_cast<const E *>(a.q), *k = static_cast<const E *>(a.k), *v = static_cast<const E *>(a.v);
  const E *pastK = static_cast<const E *>(a.pastK), *pastV = static_cast<const E *>(a.pastV);
  const int64_t before = s.before<U>(), lead = s.lead<U>(), slots = s.slots<U>();
  const int64_t depth = unitsOf<U>(a.width), width = a.width;
  each(s, [&](int64_t head, int64_t, int64_t firstRow, int64_t endRow) {
    TransposedPanel<U> keys(slots, width);
    RowPanel<U> values(slots, width);
    if (a.past > 0) {
      keys.put(Slice<E>{pastK + head * a.past * width, width}, lead, a.past);
      values.put(Slice<E>{pastV + head * a.past * width, width}, 0, lead, a.past);
    }
    Weights<U> weights(kQueries, slots);
    Scratch<U> queries(kQueries * depth);
    Scratch<float> scores(kQueries * slots), result(kQueries * width);
    Scratch<E> continued(a.prefixRow->empty() ? 0 : s.longest * width);
    // whole is a row's keys or values, preceded by those of its prefix row.
    auto whole = [&](const E *from, int64_t row) {
      auto of = [&](int64_t row) { return Slice<E>{from + s.start(row) * s.wide() + head * width, s.wide()}; };
      if (s.prefixTokens(row) == 0) return of(row);
      auto copy = [&](int64_t row, E *to) {
        for (int64_t t = 0; t < s.tokens(row); t++) std::memcpy(to + t * width, of(row).at + t * s.wide(), width * sizeof(E));
      };
      copy(s.prefixOf(row), continued.data());
      copy(row, continued.data() + s.prefixTokens(row) * width);
      return Slice<E>{continued.data(), width};
    };
    for (int64_t row = firstRow; row < endRow; row++) {
      const int64_t start = s.start(row), tokens = s.tokens(row), prefix = s.prefixTokens(row), column = head * width;
      keys.put(whole(k, row), before, prefix + tokens);
      values.put(whole(v, row), before, 0, prefix + tokens);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        const int64_t n = std::min(kQueries, tokens - first), seen = before + prefix + first + n;
        const int64_t ld = unitsOf<U>(seen) * kDepth<U>;
        gather(Slice<E>{q + (start + first) * s.wide() + column, s.wide()}, n, width, queries.data());
        multiply(n, seen, depth, Matrix<U>{queries.data(), depth, 1}, keys.data.data(), keys.ld, scores.data(), ld, false);
        for (int64_t t = 0; t < n; t++) {
          float *x = scores.data() + t * ld;
          const int64_t own = a.past + prefix + first + t + 1, token = start + first + t;
          float logSum = softmax(x + lead, own, s.scale());
          std::fill(x, x + lead, 0.0f);
          std::fill(x + lead + own, x + ld, 0.0f);
          if (logSums) logSums[head * a.starts->back() + token] = logSum;
          if (dropout.below) drop(dropout, x + lead, own, s.place(head, token), x + lead);
        }
        weights.set(scores.data(), n, ld);
        multiply(n, width, unitsOf<U>(ld), weights.along(), values.data.data(), width, result.data(), width, false);
        scatter(result.data(), n, width, out + (start + first) * s.wide() + column, s.wide());
      }
    }
  });
}

template <class E, class U>
void attentionBackwardOf(const Attention &a, const Dropout &dropout, const float *logSums, const E *grad, E *dq, E *dk, E *dv,
                         float *dPastK, float *dPastV) {
  const Shape s(a);
  const E *q = static_cast<const E *>(a.q), *k = static_cast<const E *>(a.k), *v = static_cast<const E *>(a.v);
  const E *pastK = static_cast<const E *>(a.pastK), *pastV = static_cast<const E *>(a.pastV);
  const int64_t before = s.before<U>(), lead = s.lead<U>(), slots = s.slots<U>();
  const int64_t depth = unitsOf<U>(a.width), width = a.width;
  each(s, [&](int64_t head, int64_t part, int64_t firstRow, int64_t endRow) {
    TransposedPanel<U> keys(slots, width), values(slots, width);
    RowPanel<U> keyRows(slots, width);
    if (a.past > 0) {
      keys.put(Slice<E>{pastK + head * a.past * width, width}, lead, a.past);
      keyRows.put(keys.template side<E>(), 0, lead, a.past);
      values.put(Slice<E>{pastV + head * a.past * width, width}, lead, a.past);
    }
    Weights<U> kept(kQueries, slots), gradients(kQueries, slots); // weights after dropout; gradients of the scores
    RowPanel<U> queryRows(kQueries, width), gradientRows(kQueries, width);
    Scratch<U> queries(kQueries * depth), gradient(kQueries * depth);
    Scratch<float> result(kQueries * width), weights(kQueries * slots), scores(kQueries * slots);
    Scratch<float> dropped(dropout.below ? kQueries * slots : 0);
    std::vector<float> toKeys(slots * width), toValues(slots * width);
    for (int64_t row = firstRow; row < endRow; row++) {
      const int64_t start = s.start(row), tokens = s.tokens(row), column = head * width, pastSize = before * width;
      auto slice = [&](const E *from, int64_t token) { return Slice<E>{from + token * s.wide() + column, s.wide()}; };
      keys.put(slice(k, start), before, tokens);
      keyRows.put(keys.template side<E>(), before, 0, tokens);
      values.put(slice(v, start), before, tokens);
      std::fill(toKeys.begin() + pastSize, toKeys.end(), 0.0f); // the past's part is summed over rows
      std::fill(toValues.begin() + pastSize, toValues.end(), 0.0f);
      for (int64_t first = 0; first < tokens; first += kQueries) {
        const int64_t n = std::min(kQueries, tokens - first), seen = before + first + n, ld = unitsOf<U>(seen) * kDepth<U>;
        gather(slice(q, start + first), n, width, queries.data());
        gather(slice(grad, start + first), n, width, gradient.data());
        multiply(n, seen, depth, Matrix<U>{queries.data(), depth, 1}, keys.data.data(), keys.ld, weights.data(), ld, false);
        multiply(n, seen, depth, Matrix<U>{gradient.data(), depth, 1}, values.data.data(), values.ld, scores.data(), ld, false);
        for (int64_t t = 0; t < n; t++) {
          float *w = weights.data() + t * ld, *g = scores.data() + t * ld;
          float *stay = dropout.below ? dropped.data() + t * ld : w;
          const int64_t own = a.past + first + t + 1, token = start + first + t;
          softmaxAgain(w + lead, own, s.scale(), logSums[head * a.starts->back() + token]);
          if (dropout.below) drop(dropout, w + lead, own, s.place(head, token), stay + lead);
          scoreGradient(w + lead, stay + lead, g + lead, own, s.scale());
          for (float *x : {g, stay}) {
            std::fill(x, x + lead, 0.0f);
            std::fill(x + lead + own, x + ld, 0.0f);
          }
        }
        kept.set(dropout.below ? dropped.data() : weights.data(), n, ld);
        gradients.set(scores.data(), n, ld);
        multiply(n, width, unitsOf<U>(ld), gradients.along(), keyRows.data.data(), width, result.data(), width, false);
        scatter(result.data(), n, width, dq + (start + first) * s.wide() + column, s.wide());
        queryRows.put(Slice<E>{reinterpret_cast<const E *>(queries.data()), width}, 0, 0, n);
        gradientRows.put(Slice<E>{reinterpret_cast<const E *>(gradient.data()), width}, 0, 0, n);
        multiply(seen, width, unitsOf<U>(n), gradients.across(), queryRows.data.data(), width, toKeys.data(), width, true);
        multiply(seen, width, unitsOf<U>(n), kept.across(), gradientRows.data.data(), width, toValues.data(), width, true);
      }
      scatter(toKeys.data() + pastSize, tokens, width, dk + start * s.wide() + column, s.wide());
      scatter(toValues.data() + pastSize, tokens, width, dv + start * s.wide() + column, s.wide());
    }
    if (a.past > 0) {
      const int64_t at = (part * a.heads + head) * a.past * width;
      std::memcpy(dPastK + at, toKeys.data() + lead * width, a.past * width * sizeof(float));
      std::memcpy(dPastV + at, toValues.data() + lead * width, a.past * width * sizeof(float));
    }
  });
}

void attention(const Attention &a, const Dropout &d, void *out, float *logSums) {
  if (a.type == Type::float32) return attentionOf<float, float>(a, d, static_cast<float *>(out), logSums);
#ifdef PAIRS
  attentionOf<BFloat16, Pair>(a, d, static_cast<BFloat16 *>(out), logSums);
#endif
}

void attentionBackward(const Attention &a, const Dropout &d, const float *logSums, const void *grad, void *dq, void *dk, void *dv,
                       float *dPastK, float *dPastV) {
  auto run = [&](auto e, auto u) {
    using E = decltype(e);
    attentionBackwardOf<E, decltype(u)>(a, d, logSums, static_cast<const E *>(grad), static_cast<E *>(dq), static_cast<E *>(dk),
                                        static_cast<E *>(dv), dPastK, dPastV);
  };
  if (a.type == Type::float32) return run(float(), float());
#ifdef PAIRS
  run(BFloat16(), Pair());
#endif
}
