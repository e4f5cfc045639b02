// Vector operations common to all instruction sets.

inline V load(const float *p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float *p, V v) { __builtin_memcpy(p, &v, sizeof v); }
inline V spread(float x) { return x - V{}; }

typedef uint32_t U __attribute__((vector_size(4 * kLanes)));

// bits rounds to the nearest bfloat16, ties to even, in the lower half; NaN stays NaN.
inline I bits(V v) {
  U u = (U)v;
  I rounded = (I)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
  return v == v ? rounded : I{} + 0x7fc0;
}
inline void narrow(BFloat16 *p, V v) { storeLower(reinterpret_cast<uint16_t *>(p), bits(v)); }

// any reads up to kLanes numbers as float32; lanes from n on are zero.
inline V any(const float *p, int64_t n) { return n >= kLanes ? load(p) : loadFirst(p, n); }
template <class E> inline V any(const E *p, int64_t n) {
  if (n >= kLanes) return widen(p);
  E some[kLanes] = {};
  __builtin_memcpy(some, p, n * sizeof(E));
  return widen(some);
}
inline void put(float *p, V v, int64_t n) { n >= kLanes ? store(p, v) : storeFirst(p, v, n); }
inline void put(BFloat16 *p, V v, int64_t n) {
  if (n >= kLanes) return narrow(p, v);
  BFloat16 some[kLanes];
  narrow(some, v);
  __builtin_memcpy(p, some, n * sizeof(BFloat16));
}

typedef std::make_integer_sequence<int, kLanes> Lanes;

template <int... L> inline U upTo(std::integer_sequence<int, L...>) { return U{L...}; }

// only keeps the lanes below n and sets the others to fill.
inline V only(V v, int64_t n, float fill) { return (I)upTo(Lanes()) < static_cast<int32_t>(n) ? v : spread(fill); }

template <int D, int... L> inline V rotated(V v, std::integer_sequence<int, L...>) {
  return __builtin_shuffle(v, I{(L + D) % kLanes...});
}

inline float sum(V v) {
  if constexpr (kLanes > 8) v += rotated<8>(v, Lanes());
  if constexpr (kLanes > 4) v += rotated<4>(v, Lanes());
  v += rotated<2>(v, Lanes());
  return v[0] + v[1];
}
inline V larger(V a, V b) { return a > b ? a : b; }
inline float largest(V v) {
  if constexpr (kLanes > 8) v = larger(v, rotated<8>(v, Lanes()));
  if constexpr (kLanes > 4) v = larger(v, rotated<4>(v, Lanes()));
  v = larger(v, rotated<2>(v, Lanes()));
  return v[0] > v[1] ? v[0] : v[1];
}

// exchange swaps the off-diagonal blocks of rows a and b, D lanes apart.
template <int D, int... L> inline void exchange(V &a, V &b, std::integer_sequence<int, L...>) {
  V upper = __builtin_shuffle(a, b, I{(L & D ? kLanes + L - D : L)...});
  b = __builtin_shuffle(a, b, I{(L & D ? kLanes + L : L + D)...});
  a = upper;
}

template <int D> inline void exchangeAll(V *v) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; i++)
    if (!(i & D)) exchange<D>(v[i], v[i + D], Lanes());
}

// transposeBlock transposes kLanes vectors in place (Eklundh).
inline void transposeBlock(V *v) {
  exchangeAll<1>(v);
  exchangeAll<2>(v);
  if constexpr (kLanes > 4) exchangeAll<4>(v);
  if constexpr (kLanes > 8) exchangeAll<8>(v);
}
