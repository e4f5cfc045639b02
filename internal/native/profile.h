// A profiler of operations, by libtorch's callbacks at the beginning and the end of each, also in autograd's nodes.
#pragma once

#include <ATen/record_function.h>

#include <chrono>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace xpt {

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Frame {
  int64_t start, inside; // inside: nanoseconds of the operations called from this one
  bool backward;
};

struct Total {
  int64_t count = 0, nanoseconds = 0;
};

struct Profile {
  std::vector<Frame> stack; // running operations
  std::map<std::pair<std::string, bool>, Total> totals;
};

// Callbacks belong to the thread that added them. On a GPU autograd runs in another thread, which this one waits for.
Profile *running = nullptr;
at::CallbackHandle handle;

std::unique_ptr<at::ObserverContext> beginOperation(const at::RecordFunction &f) {
  bool within = !running->stack.empty() && running->stack.back().backward;
  running->stack.push_back({now(), 0, within || f.scope() == at::RecordScope::BACKWARD_FUNCTION});
  return nullptr;
}

void endOperation(const at::RecordFunction &f, at::ObserverContext *) {
  if (running->stack.empty()) return;
  auto frame = running->stack.back();
  running->stack.pop_back();
  auto took = now() - frame.start;
  if (!running->stack.empty()) running->stack.back().inside += took;
  auto &total = running->totals[{f.name(), frame.backward}];
  total.count++;
  total.nanoseconds += took - frame.inside;
}

// startProfile starts the profile of the calling thread.
void startProfile() {
  TORCH_CHECK(!running, "a profile is being made already");
  running = new Profile;
  handle = at::addThreadLocalCallback(at::RecordFunctionCallback(beginOperation, endOperation));
}

// stopProfile returns a line for each operation, see shim.h.
std::string stopProfile() {
  at::removeCallback(handle);
  std::string text;
  for (auto &[key, total] : running->totals)
    text += key.first + '\t' + (key.second ? '1' : '0') + '\t' + std::to_string(total.count) + '\t' +
            std::to_string(total.nanoseconds) + '\n';
  delete running;
  running = nullptr;
  return text;
}

} // namespace xpt
