// Matrix products. Units of the inner dimension are float32, or pairs of bfloat16 along it.

template <class U> constexpr int64_t kDepth = 1; // numbers in a unit
template <> constexpr int64_t kDepth<Pair> = 2;

template <class U> int64_t unitsOf(int64_t n) { return (n + kDepth<U> - 1) / kDepth<U>; }

// Matrix is [rows, units] with strides.
template <class U> struct Matrix {
  const U *data;
  int64_t row, column;
};

inline V asVector(const void *p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline V spreadUnit(const float *x) { return spread(*x); }
inline V multiplyAdd(float, V a, V b, V sum) { return a * b + sum; }
#ifdef PAIRS
inline V spreadUnit(const Pair *x) {
  int32_t bits;
  __builtin_memcpy(&bits, x, 4);
  return (V)(bits - I{});
}
inline V multiplyAdd(Pair, V a, V b, V sum) { return multiplyPairs(a, b, sum); }
#endif

// tile computes R rows of C vectors of c = a b, or adds to c; unless Whole, the last vector has `last` columns. It is not
// inlined, so that its sums have all registers.
template <int R, int C, bool Whole, class U>
NOINLINE void tile(int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add, int64_t last) {
  V sum[R][C];
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int v = 0; v < C; v++) {
      const float *from = c + r * ldc + kLanes * v;
      sum[r][v] = !add ? V{} : Whole || v < C - 1 ? load(from) : loadFirst(from, last);
    }
  for (int64_t l = 0; l < k; l++) {
    if (Whole) __builtin_prefetch(reinterpret_cast<const char *>(a.data + R * a.row) + 64 * l); // rows of the next tile
    V row[C];
#pragma GCC unroll 32
    for (int v = 0; v < C; v++) {
      const U *from = b + l * ldb + kLanes * v;
      row[v] = Whole || v < C - 1 ? asVector(from) : loadFirst(reinterpret_cast<const float *>(from), last);
    }
#pragma GCC unroll 32
    for (int r = 0; r < R; r++) {
      V x = spreadUnit(a.data + r * a.row + l * a.column);
#pragma GCC unroll 32
      for (int v = 0; v < C; v++) sum[r][v] = multiplyAdd(U(), x, row[v], sum[r][v]);
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int v = 0; v < C; v++) {
      float *to = c + r * ldc + kLanes * v;
      Whole || v < C - 1 ? store(to, sum[r][v]) : storeFirst(to, sum[r][v], last);
    }
}

// strip computes the columns of one tile for m rows, R at a time.
template <int R, int C, bool Whole, class U>
void strip(int64_t m, int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add, int64_t last) {
  int64_t i = 0;
  auto from = [&] { return Matrix<U>{a.data + i * a.row, a.row, a.column}; };
  for (; i + R <= m; i += R) tile<R, C, Whole>(k, from(), b, ldb, c + i * ldc, ldc, add, last);
  if constexpr (R > 1)
    if (i < m) strip<R - 1, C, Whole>(m - i, k, from(), b, ldb, c + i * ldc, ldc, add, last);
}

template <int C, class U>
void columns(int64_t m, int64_t n, int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add) {
  int64_t j = 0;
  for (; j + C * kLanes <= n; j += C * kLanes) strip<kTileRows, C, true>(m, k, a, b + j, ldb, c + j, ldc, add, 0);
  if constexpr (C > 1) {
    if (j < n) columns<C / 2>(m, n - j, k, a, b + j, ldb, c + j, ldc, add);
  } else if (j < n) {
    strip<kTileRows, 1, false>(m, k, a, b + j, ldb, c + j, ldc, add, n - j);
  }
}

// multiply sets c [m, n] to a [m, k] b [k, n], or adds the product to c; k counts units. Columns of b and c are contiguous.
template <class U>
void multiply(int64_t m, int64_t n, int64_t k, Matrix<U> a, const U *b, int64_t ldb, float *c, int64_t ldc, bool add) {
  columns<kTileVectors>(m, n, k, a, b, ldb, c, ldc, add);
}
