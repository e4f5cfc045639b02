// Autotuning: measures which of several kernels for the same result is the fastest on this machine.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <vector>

namespace xpt {

std::mutex mutex;
std::string path;
std::map<std::string, std::string> chosen; // the way by its key

// File is the file of choices, locked against other processes.
struct File {
  int fd;
  explicit File(const std::string &path)
      : fd(path.empty() ? -1 : open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
      close(fd);
      fd = -1;
    }
  }
  ~File() {
    if (fd >= 0) close(fd);
  }
  // read adds the choices of all lines, which are tab-separated: the key, the way, and the measurements.
  void read() {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, n);
    std::istringstream lines(text);
    for (std::string line, key, way; std::getline(lines, line);) {
      std::istringstream fields(line);
      if (std::getline(fields, key, '\t') && std::getline(fields, way, '\t')) chosen.emplace(key, way);
    }
  }
  bool append(const std::string &line) {
    return write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
};

int indexOf(const std::vector<std::string> &ways, const std::string &way) {
  auto at = std::find(ways.begin(), ways.end(), way);
  return at == ways.end() ? 0 : static_cast<int>(at - ways.begin());
}

// measure returns the least seconds of each way, or nothing if they did not settle. The ways run in turns, so that a busy moment
// slows all of them. Threads that wait for a busy core may lose a time slice in every run, so short runs are repeated for several
// slices.
std::vector<double> measure(int ways, const std::function<void(int)> &run) {
  constexpr int kLeast = 6, kMost = 60; // turns; the first warms up
  constexpr double kEnough = 0.04, kTooLong = 0.5; // seconds
  std::vector<double> best(ways, std::numeric_limits<double>::infinity()), second = best;
  double total = 0;
  for (int turn = 0; turn < kMost && (turn < kLeast || total < kTooLong); turn++) {
    bool settled = turn + 1 >= kLeast;
    for (int i = 0; i < ways; i++) {
      auto start = std::chrono::steady_clock::now();
      run(i);
      const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      total += took;
      if (turn == 0) continue;
      second[i] = std::min(second[i], std::max(took, best[i]));
      best[i] = std::min(best[i], took);
      settled = settled && second[i] < 1.05 * best[i];
    }
    if (settled && (total >= kEnough || turn + 1 == kMost)) return best;
  }
  return {};
}

// useAutotuneFile sets the file, which is created at the first measurement; "": no file.
void useAutotuneFile(const std::string &to) {
  std::lock_guard<std::mutex> lock(mutex);
  path = to;
  chosen.clear();
}

// fastest returns the index of the way for a key, such as a shape of products. The first time it measures the ways with run,
// which computes the result once, and appends the choice to the file, so that other processes make the same choice and
// results repeat bit for bit. A later way must be faster than the first by margin, such as 1.03. Without a file, or on a
// machine too busy to measure, it returns the first way.
int fastest(const std::string &key, const std::vector<std::string> &ways, double margin, const std::function<void(int)> &run) {
  if (ways.size() == 1) return 0;
  std::lock_guard<std::mutex> lock(mutex);
  if (auto at = chosen.find(key); at != chosen.end()) return indexOf(ways, at->second);
  File file(path);
  if (file.fd < 0) return 0;
  file.read();
  if (auto at = chosen.find(key); at != chosen.end()) return indexOf(ways, at->second);
  auto seconds = measure(static_cast<int>(ways.size()), run);
  int best = 0;
  for (size_t i = 1; i < seconds.size(); i++)
    if (seconds[i] * (best == 0 ? margin : 1) < seconds[best]) best = static_cast<int>(i);
  std::ostringstream line;
  line << key << '\t' << ways[best];
  for (size_t i = 0; i < seconds.size(); i++) line << '\t' << ways[i] << ' ' << seconds[i] * 1e3 << " ms";
  if (seconds.empty()) line << "\tthe machine was too busy to measure";
  line << '\n';
  if (!file.append(line.str())) return 0; // other processes could choose differently
  chosen[key] = ways[best];
  return best;
}

} // namespace xpt
