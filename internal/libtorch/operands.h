#pragma once
// Slices of one head in the form that products take them in, by their unit.
#include "head_math.h"

#include <cstring>
#include <memory>
#include <vector>

namespace {

// load reads a slice of [rows, n], whose rows lie step apart, into rows side by
// side; store is its inverse.
inline void load(const float *from, int64_t step, int64_t rows, int64_t n, float *to) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * n, from + r * step, n * sizeof(float));
}

VECTORS void load(const uint16_t *__restrict from, int64_t step, int64_t rows, int64_t n, float *__restrict to) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < n; i++) to[r * n + i] = widen(from[r * step + i]);
}

inline void load(const uint16_t *from, int64_t step, int64_t rows, int64_t n, Pair *to) { // n is even
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * n / 2, from + r * step, n * sizeof(uint16_t));
}

inline void store(const float *from, int64_t rows, int64_t n, float *to, int64_t step) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * step, from + r * n, n * sizeof(float));
}

VECTORS void narrowPlain(const float *__restrict from, int64_t n, uint16_t *__restrict to) {
  for (int64_t i = 0; i < n; i++) to[i] = narrow(from[i]);
}

#if defined(__x86_64__)
AVX512 inline void narrowAVX512(const float *from, int64_t n, uint16_t *to) {
  for (int64_t i = 0; i < n; i += 16) {
    auto half = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(maskOf(i, n), from + i));
    if (n - i >= 16)
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i), half);
    else
      std::memcpy(to + i, &half, (n - i) * sizeof(uint16_t));
  }
}

const auto narrowAll = hasBFloat16() ? narrowAVX512 : narrowPlain;
#else
const auto narrowAll = narrowPlain;
#endif

inline void store(const float *from, int64_t rows, int64_t n, uint16_t *to, int64_t step) {
  for (int64_t r = 0; r < rows; r++) narrowAll(from + r * n, n, to + r * step);
}

// stand reads such a slice so that units lie along its rows, [units, n]; lead
// rows of zeros come before it, and one after it where that makes a unit whole.
template <class E> void stand(const E *from, int64_t step, int64_t lead, int64_t rows, int64_t n, float *to) {
  std::memset(to, 0, lead * n * sizeof(float));
  load(from, step, rows, n, to + lead * n);
}

VECTORS void pairUp(const uint16_t *__restrict first, const uint16_t *__restrict second, int64_t n, uint32_t *__restrict to) {
  for (int64_t i = 0; i < n; i++) to[i] = first[i] | static_cast<uint32_t>(second[i]) << 16;
}

inline void stand(const uint16_t *from, int64_t step, int64_t lead, int64_t rows, int64_t n, Pair *to) {
  const std::vector<uint16_t> zeros(n);
  auto row = [&](int64_t r) { return r < 0 || r >= rows ? zeros.data() : from + r * step; };
  for (int64_t u = 0; u < unitsOf<Pair>(lead + rows); u++) pairUp(row(2 * u - lead), row(2 * u + 1 - lead), n, reinterpret_cast<uint32_t *>(to + u * n));
}

inline void turn(const float *from, int64_t rows, int64_t columns, float *to, int64_t ld) { transpose(from, rows, columns, to, ld); }
inline void turn(const Pair *from, int64_t rows, int64_t columns, Pair *to, int64_t ld) { // both units are four bytes
  transpose(reinterpret_cast<const float *>(from), rows, columns, reinterpret_cast<float *>(to), ld);
}

// numbers shows units as what they are made of.
inline const float *numbers(const float *units) { return units; }
inline const uint16_t *numbers(const Pair *units) { return reinterpret_cast<const uint16_t *>(units); }

// Room is memory that nothing has written to.
template <class T> struct Room {
  std::unique_ptr<T[]> at;
  explicit Room(int64_t n) : at(new T[n]) {}
  T *data() const { return at.get(); }
};

// Turned is [width, slots], for products with rows of width numbers.
template <class U> struct Turned {
  int64_t width, ld;
  Room<U> data, rows;
  Turned(int64_t slots, int64_t width) : width(width), ld(slots), data(unitsOf<U>(width) * slots), rows(unitsOf<U>(width) * slots) {}
  // put sets n slots from `at` on to a slice of [n, width], which it leaves side by side in rows.
  template <class E> void put(const E *from, int64_t step, int64_t at, int64_t n) {
    load(from, step, n, width, rows.data());
    turn(rows.data(), n, unitsOf<U>(width), data.data() + at, ld);
  }
};

// Standing is [slots, width], for products with rows of numbers for each slot.
template <class U> struct Standing {
  int64_t width;
  Room<U> data;
  Standing(int64_t slots, int64_t width) : width(width), data(unitsOf<U>(slots) * width) {}
  // put sets lead slots from `at` on, a whole number of units, to zero and the next n to a slice of [n, width].
  template <class E> void put(const E *from, int64_t step, int64_t at, int64_t lead, int64_t n) {
    stand(from, step, lead, n, width, data.data() + at / kDepth<U> * width);
  }
};

// Weights shows products a matrix of float32, whose rows are a whole number of units, in units.
template <class U> struct Weights;

template <> struct Weights<float> {
  const float *data = nullptr;
  int64_t columns = 0;
  Weights(int64_t, int64_t) {}
  void take(const float *from, int64_t, int64_t n) { data = from, columns = n; }
  Matrix<float> along() const { return {data, columns, 1}; }   // [rows, columns]
  Matrix<float> across() const { return {data, 1, columns}; } // [columns, rows]
};

template <> struct Weights<Pair> {
  Room<uint16_t> data;
  Room<Pair> standing;
  int64_t rows = 0, columns = 0;
  Weights(int64_t rows, int64_t columns) : data(rows * columns), standing(unitsOf<Pair>(rows) * columns) {}
  void take(const float *from, int64_t m, int64_t n) {
    rows = m, columns = n;
    narrowAll(from, m * n, data.data());
  }
  Matrix<Pair> along() const { return {reinterpret_cast<const Pair *>(data.data()), columns / 2, 1}; } // [rows, columns]
  Matrix<Pair> across() const { // [columns, rows]
    stand(data.data(), columns, 0, rows, columns, standing.data());
    return {standing.data(), 1, columns};
  }
};

} // namespace
