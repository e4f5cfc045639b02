#include "dry.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <regex.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

namespace dry {
namespace {

std::recursive_mutex &lock() {
  static auto *m = new std::recursive_mutex; // never destroyed: libraries call until the very end
  return *m;
}
using Hold = std::lock_guard<std::recursive_mutex>;

// A file that is mapped, not written: a Go program ends without running destructors, and what is mapped stays.
class Log {
  static constexpr size_t kStep = 64 << 20;
  int fd = -1;
  pid_t pid = 0;
  char *at = nullptr, *end = nullptr;

  void grow() {
    off_t from = lseek(fd, 0, SEEK_END);
    if (ftruncate(fd, from + kStep) != 0) abort();
    if (end) munmap(end - kStep, kStep);
    at = static_cast<char *>(mmap(nullptr, kStep, PROT_READ | PROT_WRITE, MAP_SHARED, fd, from));
    if (at == MAP_FAILED) abort();
    end = at + kStep;
  }

public:
  void line(const std::string &s) {
    if (pid != getpid()) { // the first event, or a child of fork
      const char *base = getenv("DRY_LOG");
      pid = getpid(), end = nullptr, at = nullptr;
      fd = open(((base ? base : "/tmp/dry.log") + ("." + std::to_string(pid))).c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
      if (fd < 0) abort();
    }
    for (char c : s) {
      if (at == end) grow();
      *at++ = c;
    }
  }
};

struct State {
  Log log;
  struct Event {
    int id;
    bool traced;
  };
  std::unordered_map<std::string, Event> events;
  std::map<std::string, int> traces;
  std::set<std::string> told;
  struct Range {
    size_t size;
    Where where;
  };
  std::map<uintptr_t, Range> ranges;
  size_t used = 0;
  regex_t trace;
  bool tracing = false;

  State() {
    if (const char *re = getenv("DRY_TRACE")) tracing = regcomp(&trace, re, REG_EXTENDED | REG_NOSUB) == 0;
  }
};

State &state() {
  static auto *s = new State;
  return *s;
}

std::string demangled(const char *name) {
  int status;
  char *d = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string s = d ? d : name;
  free(d);
  return s;
}

// The calls that led here, innermost first, without those of the stand-ins and of dispatch.
std::string backtrace() {
  void *frames[64];
  int n = ::backtrace(frames, 64);
  std::string s;
  for (int i = 1; i < n; i++) {
    Dl_info info;
    if (!dladdr(frames[i], &info) || !info.dli_fname) continue;
    if (!info.dli_sname) { // a program's own function: report.py finds its name
      if (strstr(info.dli_fname, ".so")) continue;
      char program[4096], at[32];
      ssize_t length = readlink("/proc/self/exe", program, sizeof program);
      auto base = reinterpret_cast<uintptr_t>(info.dli_fbase);
      if (base < 1 << 24) base = 0; // a program that lies where it was linked to
      snprintf(at, sizeof at, "+0x%lx", reinterpret_cast<uintptr_t>(frames[i]) - base - 1);
      if (length > 0) s += " < " + std::string(program, length) + at;
      continue;
    }
    std::string name = demangled(info.dli_sname);
    static const char *const boring[] = {"dry", "cuda", "__cuda", "c10::impl::", "at::_ops::", "at::(anonymous namespace)::", "void c10::", "_PyEval", "PyObject_"};
    if (std::any_of(std::begin(boring), std::end(boring), [&](const char *b) { return name.compare(0, strlen(b), b) == 0; })) continue;
    s += " < " + name.substr(0, name.find('('));
  }
  std::replace(s.begin(), s.end(), '\n', ' ');
  return s;
}

} // namespace

void log(Kind kind, const char *name, double amount) {
  Hold hold(lock());
  State &s = state();
  auto [it, fresh] = s.events.emplace(std::string(1, kind) + " " + name, State::Event{static_cast<int>(s.events.size()), kind == Illegal});
  std::string id = std::to_string(it->second.id);
  if (fresh) {
    std::string readable = std::string(1, kind) + " " + (kind == Launch || kind == InGraph ? demangled(name) : name);
    std::replace(readable.begin(), readable.end(), '\n', ' ');
    if (s.tracing && regexec(&s.trace, readable.c_str(), 0, nullptr, 0) == 0) it->second.traced = true;
    s.log.line("=" + id + " " + readable + "\n");
  }
  char amounts[32];
  snprintf(amounts, sizeof amounts, " %.0f\n", amount);
  s.log.line(id + amounts);
  if (it->second.traced) {
    auto [t, first] = s.traces.emplace(backtrace(), s.traces.size());
    if (first) s.log.line("@" + std::to_string(t->second) + t->first + "\n");
    s.log.line("~" + id + " " + std::to_string(t->second) + "\n");
  }
}

int missing(const char *name) {
  Hold hold(lock());
  if (state().told.insert(name).second) fprintf(stderr, "dry: %s is not implemented, and returned an error\n", name);
  log(Note, (std::string("not implemented: ") + name).c_str());
  return 801; // cudaErrorNotSupported, CUDA_ERROR_NOT_SUPPORTED
}

size_t total_memory() {
  static size_t total = [] {
    const char *gib = getenv("DRY_GIB");
    return static_cast<size_t>((gib ? atof(gib) : 80) * (1 << 30));
  }();
  return total;
}

size_t used_memory() {
  Hold hold(lock());
  return state().used;
}

void *reserve(size_t bytes, Where where) {
  Hold hold(lock());
  State &s = state();
  if (where == Where::Device && s.used + bytes > total_memory()) return nullptr;
  size_t size = (bytes + 511) / 512 * 512;
  void *p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  adopt(p, size, where);
  if (where == Where::Device) account(size);
  return p;
}

bool release(void *p, Where where) {
  Hold hold(lock());
  State &s = state();
  auto it = s.ranges.find(reinterpret_cast<uintptr_t>(p));
  if (it == s.ranges.end() || it->second.where != where) return false;
  munmap(p, it->second.size);
  if (where == Where::Device) account(-static_cast<long>(it->second.size));
  s.ranges.erase(it);
  return true;
}

void adopt(void *p, size_t bytes, Where where) {
  Hold hold(lock());
  state().ranges[reinterpret_cast<uintptr_t>(p)] = {bytes, where};
}

bool disown(void *p) {
  Hold hold(lock());
  return state().ranges.erase(reinterpret_cast<uintptr_t>(p)) > 0;
}

void account(long bytes) {
  Hold hold(lock());
  state().used += bytes;
}

Where where(const void *p, void **base, size_t *size) {
  Hold hold(lock());
  auto &ranges = state().ranges;
  auto it = ranges.upper_bound(reinterpret_cast<uintptr_t>(p));
  if (it == ranges.begin()) return Where::Pageable;
  --it;
  if (reinterpret_cast<uintptr_t>(p) >= it->first + it->second.size) return Where::Pageable;
  if (base) *base = reinterpret_cast<void *>(it->first);
  if (size) *size = it->second.size;
  return it->second.where;
}

void zero(void *p, size_t bytes) {
  auto from = reinterpret_cast<uintptr_t>(p), to = from + bytes;
  uintptr_t a = (from + 4095) & ~uintptr_t(4095), b = to & ~uintptr_t(4095);
  if (a >= b || madvise(reinterpret_cast<void *>(a), b - a, MADV_DONTNEED) != 0) {
    memset(p, 0, bytes);
    return;
  }
  memset(p, 0, a - from);
  memset(reinterpret_cast<void *>(b), 0, to - b);
}

} // namespace dry

API int dry_missing(const char *name) { return dry::missing(name); } // for the stubs
