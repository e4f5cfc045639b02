// AdamW in one pass over memory instead of a dozen.

inline void adamwOf(const AdamW &by, float *p, float *m, float *v, const float *g, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    V x = by.clip * any(g + i, n - i); // has several uses, so it is rounded and not contracted to an FMA
    V first = any(m + i, n - i), second = any(v + i, n - i);
    first += by.w1 * (x - first);
    second = by.beta2 * second + by.w2 * (x * x);
    put(m + i, first, n - i);
    put(v + i, second, n - i);
    put(p + i, by.keep * any(p + i, n - i) - by.rate * (first / (squareRoot(second) / by.root2 + by.eps)), n - i);
  }
}

void adamw(const AdamW &by, float *p, float *m, float *v, const float *g, int64_t n, int64_t threads) {
  parallel(threads, n, 1 << 15,
           [&](int64_t from, int64_t to) { adamwOf(by, p + from, m + from, v + from, g + from, to - from); });
}

inline int64_t rowGrain(int64_t d) { return std::max<int64_t>(1, (1 << 15) / d); }

void adamwRows(const AdamW &by, float *p, float *m, float *v, const float *const *gradients, const int64_t *ids, int64_t n,
               int64_t d, int64_t threads) {
  const std::vector<float> zeros(d);
  parallel(threads, n, rowGrain(d), [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      int64_t at = ids[i] * d;
      adamwOf(by, p + at, m + at, v + at, gradients[i] ? gradients[i] : zeros.data(), d);
    }
  });
}

void decayRows(const AdamW &by, float *p, const int64_t *ids, int64_t n, int64_t d, int64_t threads) {
  parallel(threads, n, rowGrain(d), [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++)
      for (float *x = p + ids[i] * d, *end = x + d; x < end; x++) *x *= by.keep;
  });
}
