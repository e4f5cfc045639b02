// Launches recorded once and repeated as one (CUDA graphs).
#pragma once
#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <utility>

namespace xpt {

// GraphClass are the members of at::cuda::CUDAGraph, which libtorch_cuda has from 2.0 on with these signatures. Its header needs
// CUDA's own.
struct GraphClass {
  using Pool = std::pair<unsigned long long, unsigned long long>;
  void (*construct)(void *self, bool keep_graph);
  void (*destroy)(void *self);
  void (*begin)(void *self, Pool pool, int mode);
  void (*end)(void *self);
  void (*replay)(void *self);
  Pool (*pool)(void *self);

  GraphClass() {
    auto find = [](auto &f, const char *name) { f = reinterpret_cast<std::decay_t<decltype(f)>>(dlsym(RTLD_DEFAULT, name)); };
    find(construct, "_ZN2at4cuda9CUDAGraphC1Eb");
    find(destroy, "_ZN2at4cuda9CUDAGraphD1Ev");
    find(begin, "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
    find(end, "_ZN2at4cuda9CUDAGraph11capture_endEv");
    find(replay, "_ZN2at4cuda9CUDAGraph6replayEv");
    find(pool, "_ZN2at4cuda9CUDAGraph4poolEv");
  }
  bool there() const { return construct && destroy && begin && end && replay && pool; }
};

const GraphClass &graphClass() {
  static const GraphClass members; // first asked for once libtorch_cuda is loaded
  return members;
}

// recordingStream is the stream that this thread records on. cuBLAS keeps a workspace for every stream of a thread.
inline c10::Stream recordingStream(const c10::impl::VirtualGuardImpl &device, c10::Device gpu) {
  thread_local std::map<c10::DeviceIndex, c10::Stream> streams;
  auto found = streams.find(gpu.index());
  if (found == streams.end()) found = streams.emplace(gpu.index(), device.getStreamFromGlobalPool(gpu)).first;
  return found->second;
}

// GraphObject is an at::cuda::CUDAGraph.
struct GraphObject {
  alignas(64) char bytes[16384]; // of which it has some hundred
  GraphObject() { graphClass().construct(bytes, false); }
  ~GraphObject() { graphClass().destroy(bytes); }
};

// The graph that this thread had last is kept until the next one has taken over its memory, which libtorch would not give to
// another before the GPU is full.
thread_local GraphObject *lastGraph = nullptr;

// Graph records what this thread launches on a GPU, on a stream of its own, from its construction to end(). It ends on the same
// thread.
class Graph {
  c10::impl::VirtualGuardImpl device{c10::kCUDA};
  c10::Stream before;
  std::unique_ptr<GraphObject> object;
  bool recording = true;

public:
  explicit Graph(int gpu) : before(device.getStream(c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(gpu)))) {
    TORCH_CHECK(graphClass().there(), "this libtorch has no CUDA graphs");
    auto side = recordingStream(device, before.device());
    c10::Event ready(c10::kCUDA);
    ready.record(before);
    ready.block(side);
    object = std::make_unique<GraphObject>();
    device.exchangeStream(side);
    const int threadLocal = 1; // cudaStreamCaptureModeThreadLocal: other threads go on as they like
    try {
      graphClass().begin(object->bytes, lastGraph ? graphClass().pool(lastGraph->bytes) : GraphClass::Pool{0, 0}, threadLocal);
    } catch (...) {
      device.exchangeStream(before);
      throw;
    }
  }

  void end() {
    if (!recording) return;
    recording = false;
    try {
      graphClass().end(object->bytes);
    } catch (...) {
      device.exchangeStream(before);
      object.reset(); // nothing of it is kept
      throw;
    }
    device.exchangeStream(before);
  }

  void replay() { graphClass().replay(object->bytes); }

  ~Graph() {
    try {
      end();
    } catch (...) { // of a recording that failed
    }
    if (!object) return;
    delete lastGraph;
    lastGraph = object.release();
  }
};

} // namespace xpt
