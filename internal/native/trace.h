// The trace of a GPU by libtorch's own profiler, which gets the times of kernels from CUPTI, without CUDA's headers.
#pragma once

#include <torch/csrc/api/include/torch/version.h>

#include <string>

// Since 2.9 the interface has been the same.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
#include <torch/csrc/autograd/profiler_kineto.h>
#define XPT_TRACE
#endif

namespace xpt {

#ifdef XPT_TRACE

void startTrace(bool gpu) {
  using namespace torch::profiler::impl;
  ProfilerConfig config(ProfilerState::KINETO);
  std::set<ActivityType> activities{ActivityType::CPU};
  if (gpu) activities.insert(ActivityType::CUDA);
  torch::autograd::profiler::prepareProfiler(config, activities);
  torch::autograd::profiler::enableProfiler(config, activities);
}

// stopTrace returns a line for each event, see shim.h.
std::string stopTrace() {
  std::string text;
  auto result = torch::autograd::profiler::disableProfiler();
  for (auto &e : result->events()) {
    auto backward = e.scope() == static_cast<uint8_t>(at::RecordScope::BACKWARD_FUNCTION);
    for (auto number : {uint64_t(e.deviceType() == c10::kCUDA), uint64_t(backward), e.startThreadId(), e.startNs(), e.durationNs(),
                        e.correlationId(), e.linkedCorrelationId()})
      text += std::to_string(number) + '\t';
    text += e.name() + '\n';
  }
  return text;
}

#else

void startTrace(bool) { TORCH_CHECK(false, "a profile on a GPU needs libtorch 2.9 or newer"); }
std::string stopTrace() { return ""; }

#endif

} // namespace xpt
