#pragma once
#include <ATen/Parallel.h>
#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

// Calls body(data, i, of) for each i below of, on that many of libtorch's own
// threads, which are at most the ones asked for.
void xpt_on_team(int64_t threads, void (*body)(void *data, int64_t i, int64_t of), void *data);

// parallel calls fn(from, to) for parts of [0, n) on libtorch's threads; parts
// begin at multiples of grain. at::parallel_for would do so on one thread: its
// body is compiled here, without OpenMP.
template <class F> void parallel(int64_t n, int64_t grain, F fn) {
  int64_t threads = std::min<int64_t>(at::get_num_threads(), (n + grain - 1) / grain);
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
  xpt_on_team(
      threads,
      [](void *data, int64_t i, int64_t of) {
        auto &c = *static_cast<Call *>(data);
        int64_t share = (c.n + c.grain * of - 1) / (c.grain * of) * c.grain;
        int64_t from = std::min(i * share, c.n), to = std::min(from + share, c.n);
        try {
          if (from < to) c.fn(from, to);
        } catch (...) { // none may leave a thread of the team
          std::lock_guard<std::mutex> lock(c.mutex);
          c.error = std::current_exception();
        }
      },
      &call);
  if (call.error) std::rethrow_exception(call.error);
}
