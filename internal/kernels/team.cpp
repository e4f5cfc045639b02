#include "team.h"
#include "tiers.h"

#include <cstdlib>
#include <dlfcn.h>
#include <memory>
#include <new>
#include <thread>
#include <unistd.h>

namespace kernels {
namespace {

// Team is libtorch's OpenMP runtime, found among the loaded libraries: with -fopenmp this file could load a second runtime
// with its own threads.
struct Team {
  using Body = void (*)(void *);
  void (*parallel)(Body, void *, unsigned, unsigned);
  int (*number)();
  int (*size)();
  Team() {
    parallel = reinterpret_cast<decltype(parallel)>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    number = reinterpret_cast<decltype(number)>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"));
    size = reinterpret_cast<decltype(size)>(dlsym(RTLD_DEFAULT, "omp_get_num_threads"));
  }
  bool found() const { return parallel && number && size; }
};

const Team &team() {
  static const Team t;
  return t;
}

struct Call {
  void (*body)(void *, int64_t, int64_t);
  void *data;
};

struct ThreadScratch {
  void *data = nullptr;
  size_t size = 0;
  ~ThreadScratch() { std::free(data); }
};

} // namespace

void onTeam(int64_t threads, void (*body)(void *data, int64_t i, int64_t of), void *data) {
  if (threads <= 1 || !team().found()) return body(data, 0, 1);
  Call call{body, data};
  team().parallel(
      [](void *c) {
        auto &call = *static_cast<Call *>(c);
        call.body(call.data, team().number(), team().size());
      },
      &call, static_cast<unsigned>(threads), 0);
}

void *scratchBytes(int i, size_t bytes) {
  thread_local ThreadScratch all[2];
  auto &s = all[i];
  if (s.size < bytes) {
    std::free(s.data);
    s.data = nullptr;
    s.size = 0;
    if (posix_memalign(&s.data, 64, bytes) != 0) throw std::bad_alloc();
    s.size = bytes;
  }
  return s.data;
}

} // namespace kernels

// libgomp's idle threads spin for milliseconds, or for microseconds if there are more threads than processors. Its environment
// variables are read before a program can set them, so a second team makes more threads than processors.
void kernels_spin_briefly(int processors) {
  using namespace kernels;
  if (processors < 2 || !team().found()) return;
  std::thread([processors] {
    team().parallel([](void *) {}, nullptr, static_cast<unsigned>(processors), 0);
    for (;;) pause(); // the team ends with its thread
  }).detach();
}
