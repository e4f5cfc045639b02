// Dropout. An element is zeroed if a hash of its index and of a key drawn for the call is below a threshold. So the mask is
// computed in parallel, and recomputed in the backward pass.

// mix is a 32-bit finaliser (C. Wellons, hash-prospector: lowbias32).
inline U mix(U x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ (x >> 16);
}

// factor is the mask of the elements from index `at` on: 0, or 1 / (1 - p).
inline V factor(const Dropout &d, int64_t at) {
  U place = static_cast<uint32_t>(at) + upTo(Lanes());
  U beyond = static_cast<uint32_t>(at >> 32) - (U)(place < static_cast<uint32_t>(at)); // upper half of the index
  U hash = mix(mix(place ^ static_cast<uint32_t>(d.key)) + beyond * 0x9e3779b9u + static_cast<uint32_t>(d.key >> 32));
  return hash < d.below ? V{} : spread(d.scale);
}

template <class E> void dropoutOf(const Dropout &d, const E *base, const E *x, E *y, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i += kLanes) {
    V v = any(x + i, to - i) * factor(d, d.first + i);
    if (base) v += any(base + i, to - i);
    put(y + i, v, to - i);
  }
}

void dropout(const Dropout &d, Type type, const void *base, const void *x, void *y, int64_t n, int64_t threads) {
  parallel(threads, n, 1 << 14, [&](int64_t from, int64_t to) {
    if (type == Type::float32)
      dropoutOf(d, static_cast<const float *>(base), static_cast<const float *>(x), static_cast<float *>(y), from, to);
    else
      dropoutOf(d, static_cast<const BFloat16 *>(base), static_cast<const BFloat16 *>(x), static_cast<BFloat16 *>(y), from, to);
  });
}
