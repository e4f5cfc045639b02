// What memory is in use, and its return to the system.
#pragma once
#include "allocator.h"

#include <malloc.h>
#include <torch/csrc/api/include/torch/version.h>

// Since 2.9 a GPU's allocator is reached through this header, without one of CUDA's.
#if __has_include(<c10/core/CachingDeviceAllocator.h>) && (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9))
#include <c10/core/CachingDeviceAllocator.h>
#define XPT_DEVICE_ALLOCATOR
#endif

namespace xpt {

#ifdef XPT_DEVICE_ALLOCATOR
// gpuAllocator is null where there is no GPU, or nothing has been computed on it yet.
c10::DeviceAllocator *gpuAllocator() {
  auto *a = dynamic_cast<c10::DeviceAllocator *>(c10::GetAllocator(c10::kCUDA));
  return a && a->initialized() ? a : nullptr;
}
#endif

void releaseMemory() {
  blocks().release();
  malloc_trim(0);
#ifdef XPT_DEVICE_ALLOCATOR
  try {
    if (auto *a = gpuAllocator()) a->emptyCache();
  } catch (...) { // it stays in the cache
  }
#endif
}

int64_t gpuPeak(int gpu, bool restart) {
#ifdef XPT_DEVICE_ALLOCATOR
  try {
    if (auto *a = gpuAllocator()) {
      if (restart) a->resetPeakStats(static_cast<c10::DeviceIndex>(gpu));
      auto stats = a->getDeviceStats(static_cast<c10::DeviceIndex>(gpu));
      return stats.allocated_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)].peak;
    }
  } catch (...) { // of a GPU that is not there
  }
#endif
  return 0;
}

} // namespace xpt
