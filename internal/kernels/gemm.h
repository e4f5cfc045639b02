// Products of weights and many rows, blocked for the caches (Goto and van de Geijn 2008, Anatomy of High-Performance Matrix
// Multiplication). Weights of any type are read in place and widened while they are packed for the tiles; no copy is kept.

// A panel holds the columns of a tile, [kBlockDepth, kPanel] units; it stays in the L1 cache.
constexpr int64_t kPanel = kGemmVectors * kLanes;
constexpr int64_t kBlockDepth = 24576 / (4 * kPanel) / 8 * 8;
constexpr int64_t kRowStep = kBlockDepth + 16; // rows begin at different cache lines of a page
constexpr int64_t kBlockRows = 192 / kGemmRows * kGemmRows;
constexpr int64_t kBlockColumns = 128 / kPanel * kPanel;

// unitsAt reads a vector of contiguous units, at most `left` numbers.
template <class W> inline V unitsAt(float, const W *w, int64_t left) { return any(w, left); }
#ifdef PAIRS
inline V unitsAt(Pair, const BFloat16 *w, int64_t left) {
  if (left >= 2 * kLanes) return asVector(w);
  BFloat16 some[2 * kLanes] = {};
  __builtin_memcpy(some, w, left * sizeof(BFloat16));
  return asVector(some);
}
template <class W> inline V unitsAt(Pair, const W *w, int64_t left) {
  BFloat16 some[2 * kLanes] = {};
  put(some, any(w, left), kLanes);
  if (left > kLanes) put(some + kLanes, any(w + kLanes, left - kLanes), kLanes);
  return asVector(some);
}
#endif

// packTransposed packs a panel of weights [columns, k].
template <class U, class W> void packTransposed(const W *w, int64_t ldw, int64_t columns, int64_t k, U *to) {
  constexpr int64_t step = kLanes * kDepth<U>;
  for (int64_t j = 0; j < kPanel; j += kLanes)
    for (int64_t l = 0; l < k; l += step) {
      V block[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; i++) block[i] = j + i < columns ? unitsAt(U(), w + (j + i) * ldw + l, k - l) : V{};
      transposeBlock(block);
      int64_t units = std::min<int64_t>(kLanes, unitsOf<U>(k - l));
      U *at = to + l / kDepth<U> * kPanel + j;
      if (units == kLanes) {
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; i++) store(reinterpret_cast<float *>(at + i * kPanel), block[i]);
      } else {
        for (int64_t i = 0; i < units; i++) store(reinterpret_cast<float *>(at + i * kPanel), block[i]);
      }
    }
}

// pack packs a panel of weights [k, columns].
template <class W> void pack(const W *w, int64_t ldw, int64_t columns, int64_t k, float *to) {
  for (int64_t l = 0; l < k; l++)
    for (int64_t j = 0; j < kPanel; j += kLanes)
      store(to + l * kPanel + j, j < columns ? any(w + l * ldw + j, columns - j) : V{});
}
#ifdef PAIRS
template <class W> void pack(const W *w, int64_t ldw, int64_t columns, int64_t k, Pair *to) {
  for (int64_t l = 0; l < k; l += 2)
    for (int64_t j = 0; j < kPanel; j += kLanes) {
      auto at = [&](int64_t l) { return l < k && j < columns ? bits(any(w + l * ldw + j, columns - j)) : I{}; };
      store(reinterpret_cast<float *>(to + l / 2 * kPanel + j), (V)(at(l) | at(l + 1) << 16));
    }
}
#endif

// packRows copies rows of x to rows of whole units, kRowStep apart, in blocks of kBlockDepth units.
template <class U, class E> void packRows(const Gemm &g, int64_t from, int64_t to, U *rows) {
  const E *x = static_cast<const E *>(g.x);
  const int64_t depth = kBlockDepth * kDepth<U>;
  for (int64_t l = 0; l < g.k; l += depth) {
    int64_t n = std::min(depth, g.k - l);
    U *block = rows + l / depth * g.m * kRowStep;
    if (!g.xTransposed) {
      for (int64_t i = from; i < to; i++) {
        E *at = reinterpret_cast<E *>(block + i * kRowStep);
        std::memcpy(at, x + i * g.k + l, n * sizeof(E));
        if (n % kDepth<U>) std::memset(at + n, 0, sizeof(E));
      }
      continue;
    }
    if constexpr (std::is_same_v<U, float>) // x is [k, m]
      for (int64_t j = 0; j < n; j += kLanes)
        for (int64_t i = from; i < to; i += kLanes) {
          V v[kLanes];
#pragma GCC unroll 16
          for (int r = 0; r < kLanes; r++) v[r] = j + r < n ? any(x + (l + j + r) * g.m + i, g.m - i) : V{};
          transposeBlock(v);
#pragma GCC unroll 16
          for (int r = 0; r < kLanes; r++)
            if (i + r < to) store(block + (i + r) * kRowStep + j, v[r]);
        }
  }
}

// part computes rows [m0, m1) and columns [n0, n1) of the product.
template <class U, class W, class E> void part(const Gemm &g, const U *rows, int64_t m0, int64_t m1, int64_t n0, int64_t n1) {
  const W *w = static_cast<const W *>(g.w);
  const E *bias = static_cast<const E *>(g.bias);
  E *y = static_cast<E *>(g.y);
  const int64_t depth = kBlockDepth * kDepth<U>, blocks = (g.k + depth - 1) / depth;
  const int64_t panels = (n1 - n0 + kPanel - 1) / kPanel, width = panels * kPanel;
  U *packed = scratch<U>(0, blocks * kBlockDepth * width);
  float *sums = scratch<float>(1, kBlockRows * width);
  for (int64_t b = 0; b < blocks; b++)
    for (int64_t p = 0; p < panels; p++) {
      int64_t l = b * depth, j = n0 + p * kPanel, k = std::min(depth, g.k - l);
      U *to = packed + (b * panels + p) * kBlockDepth * kPanel;
      if (g.wTransposed)
        pack(w + l * g.n + j, g.n, n1 - j, k, to);
      else
        packTransposed(w + j * g.k + l, g.k, n1 - j, k, to);
    }
  for (int64_t i = m0; i < m1; i += kBlockRows) {
    int64_t m = std::min(kBlockRows, m1 - i);
    for (int64_t b = 0; b < blocks; b++)
      for (int64_t p = 0; p < panels; p++)
        strip<kGemmRows, kGemmVectors, true>(m, unitsOf<U>(std::min(depth, g.k - b * depth)),
                                             Matrix<U>{rows + (b * g.m + i) * kRowStep, kRowStep, 1},
                                             packed + (b * panels + p) * kBlockDepth * kPanel, kPanel, sums + p * kPanel, width,
                                             b > 0, 0);
    for (int64_t r = 0; r < m; r++)
      for (int64_t j = 0; j < n1 - n0; j += kLanes) {
        V v = load(sums + r * width + j);
        if (bias) v += any(bias + n0 + j, n1 - n0 - j);
        put(y + (i + r) * g.n + n0 + j, v, n1 - n0 - j);
      }
  }
}

template <class U, class W, class E> void gemmOf(const Gemm &g) {
  const int64_t depth = kBlockDepth * kDepth<U>;
  Scratch<U> rows((g.k + depth - 1) / depth * g.m * kRowStep);
  parallel(g.threads, g.m, 16, [&](int64_t from, int64_t to) { packRows<U, E>(g, from, to, rows.data()); });
  int64_t wide = std::min(kBlockColumns, (g.n / g.threads + kPanel - 1) / kPanel * kPanel);
  wide = std::max(wide, kPanel);
  const int64_t across = (g.n + wide - 1) / wide, along = std::max<int64_t>(1, std::min(g.threads / across, g.m / kBlockRows));
  parallel(g.threads, across * along, 1, [&](int64_t from, int64_t to) {
    for (int64_t t = from; t < to; t++) {
      int64_t a = t % along, n = t / along * wide;
      part<U, W, E>(g, rows.data(), g.m * a / along, g.m * (a + 1) / along, n, std::min(n + wide, g.n));
    }
  });
}

// dispatch calls fn with the types of a product's units, stored weights and rows.
template <class F> void dispatch(const Gemm &g, F fn) {
  auto stored = [&](auto u, auto e) {
    if (g.stored == Type::float32) return fn(u, float(), e);
    if (g.stored == Type::float16) return fn(u, Half(), e);
    fn(u, BFloat16(), e);
  };
  if (g.type == Type::float32) return stored(float(), float());
#ifdef PAIRS
  stored(Pair(), BFloat16());
#endif
}

void gemm(const Gemm &g) {
  dispatch(g, [&](auto u, auto w, auto e) { gemmOf<decltype(u), decltype(w), decltype(e)>(g); });
}
