// What the parts of libcudart's stand-in share.
#pragma once
#include "dry.h"

#include <cuda_runtime_api.h>
#include <functional>

namespace dry {

cudaError_t fail(cudaError_t e); // keeps e for cudaGetLastError

// enqueue does an operation of a stream: at once, or at each launch of the graph that the stream is being captured into.
cudaError_t enqueue(cudaStream_t stream, Kind kind, const char *name, double amount, std::function<void()> effect = nullptr);

// wait logs that the host waits for a stream; a note where that has nothing to do.
void wait(cudaStream_t stream, const char *call);

// unsafe is called by what may not be called while a stream is captured, unless the captures or the thread are relaxed.
cudaError_t unsafe(const char *call);

// capturing says whether this stream is being captured.
bool capturing(cudaStream_t stream);

} // namespace dry

#define TRY(call)                                    \
  do {                                               \
    if (cudaError_t e_ = (call)) return dry::fail(e_); \
  } while (0)
