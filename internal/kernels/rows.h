// Linear layers of few rows, as in a step of generation. Such a product runs at memory bandwidth if each weight is read once
// and in order, which libtorch's libraries reach only for one float32 row.

constexpr int kRowsAtOnce = 8;

// RowsOf holds a product's x in slices of kRowsAtOnce rows, interleaved by vectors: rows a power of two apart would share cache
// lines.
template <class U, class W, class E> struct RowsOf {
  const Gemm &g;
  const W *w;
  std::vector<E> x[kMostRows / kRowsAtOnce];
};

// fewRowsTile computes R outputs of weights w for M interleaved rows of x. A row's order of summation does not depend on M.
template <int R, int M, class U, class W, class E> NOINLINE void fewRowsTile(const W *w, const E *x, int64_t k, float (*out)[M]) {
  constexpr int64_t step = kLanes * kDepth<U>;
  V sums[R][M];
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int m = 0; m < M; m++) sums[r][m] = V{};
  for (int64_t l = 0; l < k; l += step, x += M * step) {
    V row[R];
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
      row[r] = unitsAt(U(), w + r * k + l, step);
      __builtin_prefetch(w + (r + R) * k + l, 0, 2); // the next tile's
    }
#pragma GCC unroll 32
    for (int m = 0; m < M; m++) {
      V v = asVector(x + m * step);
#pragma GCC unroll 32
      for (int r = 0; r < R; r++) sums[r][m] = multiplyAdd(U(), row[r], v, sums[r][m]);
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int m = 0; m < M; m++) out[r][m] = sum(sums[r][m]);
}

// fewRowsStrip computes outputs [from, to) of M rows of x from `first` on.
template <int M, class U, class W, class E> void fewRowsStrip(const RowsOf<U, W, E> &p, int64_t from, int64_t to, int64_t first) {
  constexpr int R = std::min(4, kMostSums / M);
  const Gemm &g = p.g;
  const E *x = p.x[first / kRowsAtOnce].data(), *bias = static_cast<const E *>(g.bias);
  E *y = static_cast<E *>(g.y) + first * g.n;
  float out[R][M];
  auto keep = [&](int64_t n, int count) {
    for (int r = 0; r < count; r++)
      for (int m = 0; m < M; m++) {
        V v = spread(out[r][m]);
        if (bias) v += any(bias + n + r, 1);
        put(y + m * g.n + n + r, v, 1);
      }
  };
  int64_t n = from;
  for (; n + R <= to; n += R) {
    fewRowsTile<R, M, U>(p.w + n * g.k, x, g.k, out);
    keep(n, R);
  }
  for (; n < to; n++) {
    fewRowsTile<1, M, U>(p.w + n * g.k, x, g.k, out);
    keep(n, 1);
  }
}

template <int M, class U, class W, class E>
void fewRowsSlice(const RowsOf<U, W, E> &p, int64_t rows, int64_t from, int64_t to, int64_t first) {
  if (rows == M) return fewRowsStrip<M>(p, from, to, first);
  if constexpr (M > 1) fewRowsSlice<M - 1>(p, rows, from, to, first);
}

template <class U, class W, class E> void fewRowsOf(const Gemm &g) {
  constexpr int64_t step = kLanes * kDepth<U>, small = 1 << 16; // fewest multiplications for a second thread
  RowsOf<U, W, E> p{g, static_cast<const W *>(g.w), {}};
  for (int64_t first = 0; first < g.m; first += kRowsAtOnce) {
    const int64_t m = std::min<int64_t>(g.m - first, kRowsAtOnce);
    auto &x = p.x[first / kRowsAtOnce];
    x.resize(m * g.k);
    for (int64_t r = 0; r < m; r++)
      for (int64_t l = 0; l < g.k; l += step)
        std::memcpy(&x[l * m + r * step], static_cast<const E *>(g.x) + (first + r) * g.k + l, step * sizeof(E));
  }
  const int64_t block = std::max<int64_t>(8, (256 << 10) / (g.k * sizeof(W)) / 8 * 8); // weights that fit the L2 cache
  parallel(g.threads, g.n, g.m * g.n * g.k < small ? g.n : 16, [&](int64_t from, int64_t to) {
    for (int64_t n = from; n < to; n += block)
      for (int64_t first = 0; first < g.m; first += kRowsAtOnce)
        fewRowsSlice<kRowsAtOnce>(p, std::min<int64_t>(g.m - first, kRowsAtOnce), n, std::min(n + block, to), first);
  });
}

void fewRows(const Gemm &g) {
  dispatch(g, [&](auto u, auto w, auto e) { fewRowsOf<decltype(u), decltype(w), decltype(e)>(g); });
}
