#pragma once
#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

namespace kernels {

// onTeam calls body(data, i, of) for each i below of, on that many of libtorch's threads, at most `threads`.
void onTeam(int64_t threads, void (*body)(void *data, int64_t i, int64_t of), void *data);

// parallel calls fn(from, to) for parts of [0, n) on libtorch's threads; parts begin at multiples of grain.
template <class F> void parallel(int64_t threads, int64_t n, int64_t grain, F fn) {
  threads = std::min<int64_t>(threads, (n + grain - 1) / grain);
  if (threads <= 1) {
    if (n > 0) fn(0, n);
    return;
  }
  struct Call {
    F &fn;
    int64_t n, grain;
    std::mutex mutex;
    std::exception_ptr error;
  } call{fn, n, grain, {}, nullptr};
  onTeam(
      threads,
      [](void *data, int64_t i, int64_t of) {
        auto &c = *static_cast<Call *>(data);
        int64_t grains = (c.n + c.grain - 1) / c.grain;
        int64_t from = grains * i / of * c.grain, to = std::min(grains * (i + 1) / of * c.grain, c.n);
        try {
          if (from < to) c.fn(from, to);
        } catch (...) { // no exception may leave an OpenMP thread
          std::lock_guard<std::mutex> lock(c.mutex);
          c.error = std::current_exception();
        }
      },
      &call);
  if (call.error) std::rethrow_exception(call.error);
}

// scratch is the calling thread's buffer number i, kept between calls, for n values.
void *scratchBytes(int i, size_t bytes);
template <class T> T *scratch(int i, int64_t n) { return static_cast<T *>(scratchBytes(i, n * sizeof(T))); }

// Scratch is uninitialised memory, aligned to a cache line.
template <class T> struct Scratch {
  T *at;
  explicit Scratch(int64_t n) : at(static_cast<T *>(operator new(n * sizeof(T) + 1, std::align_val_t(64)))) {}
  ~Scratch() { operator delete(at, std::align_val_t(64)); }
  Scratch(const Scratch &) = delete;
  T *data() const { return at; }
};

} // namespace kernels
