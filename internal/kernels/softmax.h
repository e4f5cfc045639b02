// Softmax and its gradient for a row of attention scores.

// exponential is e^x for x <= 0 within 2 ulp: a power of two times a polynomial (Cephes' expf).
inline V exponential(V x) {
  x = larger(x, spread(-87.0f));
  V n = roundToInteger(x * 1.44269504088896341f);
  V r = x - n * 0.693359375f + n * 2.12194440e-4f;
  V p = spread(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + (r + 1.0f);
  return p * (V)((__builtin_convertvector(n, I) + 127) << 23);
}

// softmax replaces n scores, times scale, by weights and returns their log-sum-exp.
inline float softmax(float *x, int64_t n, float scale) {
  constexpr float low = -std::numeric_limits<float>::infinity();
  V top = spread(low), total = {};
  int64_t i = 0, rest = n % kLanes;
  for (; i < n - rest; i += kLanes) top = larger(top, load(x + i));
  if (rest) top = larger(top, only(loadFirst(x + i, rest), rest, low));
  const float shift = largest(top) * scale;
  for (i = 0; i < n - rest; i += kLanes) {
    V e = exponential(load(x + i) * scale - shift);
    total += e;
    store(x + i, e);
  }
  if (rest) {
    V e = only(exponential(loadFirst(x + i, rest) * scale - shift), rest, 0);
    total += e;
    storeFirst(x + i, e, rest);
  }
  const float all = sum(total), inverse = 1 / all;
  for (i = 0; i < n; i += kLanes) put(x + i, any(x + i, n - i) * inverse, n - i);
  return shift + std::log(all);
}

// softmaxAgain recomputes the weights from the scores and their log-sum-exp.
inline void softmaxAgain(float *x, int64_t n, float scale, float logSum) {
  for (int64_t i = 0; i < n; i += kLanes) put(x + i, exponential(any(x + i, n - i) * scale - logSum), n - i);
}

// drop applies the dropout mask from index `at` on to n weights.
inline void drop(const Dropout &d, const float *from, int64_t n, int64_t at, float *to) {
  for (int64_t i = 0; i < n; i += kLanes) put(to + i, any(from + i, n - i) * factor(d, at + i), n - i);
}

// scoreGradient replaces the gradient g of n weights w by that of the scores. kept are the weights after dropout. The sum of
// softmaxAgain's weights differs from one by the rounding of the log-sum-exp, more than their own: dividing the mean by their sum
// keeps small gradients exact when nearly all weight is on one key.
inline void scoreGradient(const float *w, const float *kept, float *g, int64_t n, float scale) {
  V products = {}, weights = {};
  for (int64_t i = 0; i < n; i += kLanes) {
    products += any(kept + i, n - i) * any(g + i, n - i);
    weights += any(w + i, n - i);
  }
  const float mean = sum(products) / sum(weights);
  for (int64_t i = 0; i < n; i += kLanes) {
    V weight = any(w + i, n - i), gradient = any(g + i, n - i);
    // Without dropout the difference of equal numbers is exact.
    V out = w == kept ? weight * (gradient - mean) : any(kept + i, n - i) * gradient - weight * mean;
    put(g + i, out * scale, n - i);
  }
}
