// A profiler of operations: libtorch calls back at the beginning and the end of each, also of those that autograd's nodes call.
#pragma once

#include <ATen/record_function.h>

#include <chrono>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace xpt {

int64_t now() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Frame {
  int64_t start, inside; // inside: what operations called from this one took
  bool backward;
};

struct Total {
  int64_t count = 0, nanoseconds = 0;
};

struct Profile {
  std::vector<Frame> stack; // operations under way
  std::map<std::pair<std::string, bool>, Total> totals;
};

// Callbacks belong to the thread that asked for them. Where autograd goes on in another one, on a GPU, this one waits for it.
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

// startProfile begins to sum up what operations take on the calling thread.
void startProfile() {
  TORCH_CHECK(!running, "a profile is being made already");
  running = new Profile;
  handle = at::addThreadLocalCallback(at::RecordFunctionCallback(beginOperation, endOperation));
}

// stopProfile gives a line for each operation, see shim.h.
std::string stopProfile() {
  at::removeCallback(handle);
  std::string text;
  for (auto &[key, total] : running->totals)
    text += key.first + '\t' + (key.second ? '1' : '0') + '\t' + std::to_string(total.count) + '\t' + std::to_string(total.nanoseconds) + '\n';
  delete running;
  running = nullptr;
  return text;
}

} // namespace xpt
