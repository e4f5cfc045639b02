// libcudart's streams, events, captures and graphs. Work is done when it is enqueued, so streams and events are
// always finished; what is kept is who depends on whom while a stream is captured.
#include "cudart.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace dry;

struct CUgraphNode_st {
  Kind kind;
  std::string name;
  double amount;
  std::function<void()> effect;
  std::set<CUgraphNode_st *> after;
};

using Nodes = std::set<CUgraphNode_st *>;

struct CUgraph_st {
  std::vector<CUgraphNode_st *> nodes; // in the order of capture, which is one that they may run in
};

struct CUgraphExec_st {
  std::vector<CUgraphNode_st> nodes;
};

namespace {
struct Capture {
  unsigned long long id;
  cudaStream_t origin;
  cudaStreamCaptureMode mode;
  std::thread::id thread;
  cudaGraph_t graph;
  bool broken = false;
  std::set<cudaStream_t> streams;
};
} // namespace

struct CUstream_st {
  bool blocking = true; // waits for the legacy default stream and it for this one
  int priority = 0;
  unsigned long long id = 0;
  Capture *capture = nullptr;
  bool busy = false; // got work since the host last waited for it
  Nodes tail;
  std::vector<cudaGraphNode_t> shown; // what cudaStreamGetCaptureInfo pointed to
};

struct CUevent_st {
  Capture *capture = nullptr;
  unsigned long long id = 0; // of that capture, which may have ended
  bool recorded = false;
  Nodes tail;
  std::chrono::steady_clock::time_point at;
};

namespace {

std::recursive_mutex &lock() {
  static auto *m = new std::recursive_mutex;
  return *m;
}
using Hold = std::lock_guard<std::recursive_mutex>;

std::set<Capture *> captures;
unsigned long long capture_ids = 0, stream_ids = 1;
thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;

bool is_legacy(cudaStream_t s) { return s == nullptr || s == cudaStreamLegacy; }

// The default streams have no object of the caller's.
cudaStream_t real(cudaStream_t s) {
  static CUstream_st legacy, per_thread;
  return is_legacy(s) ? &legacy : s == cudaStreamPerThread ? &per_thread : s;
}

bool of_capture(cudaEvent_t e) { return e->capture && captures.count(e->capture) && e->capture->id == e->id; }

cudaError_t broken(Capture *c, cudaError_t e, const std::string &call) {
  if (c) c->broken = true;
  log(Illegal, (call + ": " + cudaGetErrorString(e)).c_str());
  fprintf(stderr, "dry: illegal during capture: %s: %s\n", call.c_str(), cudaGetErrorString(e));
  return fail(e);
}

CUgraphNode_st *add(cudaStream_t s, Kind kind, const char *name, double amount, std::function<void()> effect) {
  auto *node = new CUgraphNode_st{kind, name, amount, std::move(effect), s->tail};
  s->capture->graph->nodes.push_back(node);
  s->tail = {node};
  return node;
}

// The legacy stream waits for every blocking one, which a capture cannot express; beside others its work goes uncaptured.
cudaError_t legacy(const char *name) {
  for (Capture *c : captures)
    for (cudaStream_t s : c->streams)
      if (s->blocking) return broken(c, cudaErrorStreamCaptureImplicit, name);
  return cudaSuccess;
}

} // namespace

bool dry::capturing(cudaStream_t s) {
  Hold hold(lock());
  return !is_legacy(s) && real(s)->capture;
}

cudaError_t dry::unsafe(const char *call) {
  Hold hold(lock());
  if (thread_mode == cudaStreamCaptureModeRelaxed) return cudaSuccess;
  for (Capture *c : captures) {
    bool here = c->thread == std::this_thread::get_id();
    if (here ? c->mode != cudaStreamCaptureModeRelaxed : thread_mode == cudaStreamCaptureModeGlobal && c->mode == cudaStreamCaptureModeGlobal)
      return broken(c, cudaErrorStreamCaptureUnsupported, call);
  }
  return cudaSuccess;
}

cudaError_t dry::enqueue(cudaStream_t stream, Kind kind, const char *name, double amount, std::function<void()> effect) {
  {
    Hold hold(lock());
    if (is_legacy(stream)) {
      TRY(legacy(name));
      for (Capture *c : captures)
        if (c->thread == std::this_thread::get_id()) log(Illegal, (std::string("on the default stream, so not captured: ") + name).c_str());
    } else if (cudaStream_t s = real(stream); s->capture) {
      if (s->capture->broken) return fail(cudaErrorStreamCaptureInvalidated);
      add(s, kind, name, amount, std::move(effect));
      log(Note, "captured", 1);
      return cudaSuccess;
    }
  }
  if (effect) effect();
  log(kind, name, amount);
  real(stream)->busy = true;
  return cudaSuccess;
}

void dry::wait(cudaStream_t stream, const char *call) {
  bool idle = !std::exchange(real(stream)->busy, false);
  log(idle ? Note : Wait, idle ? "waits for an idle stream" : call);
}

// Lets cuBLAS's stand-in enqueue its products.
API int dry_enqueue_product(void *stream, const char *name, double amount) { return enqueue(static_cast<cudaStream_t>(stream), Product, name, amount); }

// Streams.

API cudaError_t cudaStreamCreateWithPriority(cudaStream_t *s, unsigned flags, int priority) {
  Hold hold(lock());
  *s = new CUstream_st;
  (*s)->blocking = !(flags & cudaStreamNonBlocking), (*s)->priority = priority, (*s)->id = ++stream_ids;
  return cudaSuccess;
}
API cudaError_t cudaStreamCreateWithFlags(cudaStream_t *s, unsigned flags) { return cudaStreamCreateWithPriority(s, flags, 0); }
API cudaError_t cudaStreamCreate(cudaStream_t *s) { return cudaStreamCreateWithPriority(s, 0, 0); }
API cudaError_t cudaStreamDestroy(cudaStream_t s) { return delete s, cudaSuccess; }
API cudaError_t cudaStreamGetPriority(cudaStream_t s, int *p) { return *p = is_legacy(s) ? 0 : real(s)->priority, cudaSuccess; }
API cudaError_t cudaStreamGetId(cudaStream_t s, unsigned long long *id) { return *id = is_legacy(s) ? 1 : real(s)->id, cudaSuccess; }
API cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { return *least = 0, *greatest = -5, cudaSuccess; }

API cudaError_t cudaStreamSynchronize(cudaStream_t s) {
  Hold hold(lock());
  if (is_legacy(s)) TRY(legacy("cudaStreamSynchronize"));
  if (capturing(s)) return broken(real(s)->capture, cudaErrorStreamCaptureUnsupported, "cudaStreamSynchronize");
  TRY(unsafe("cudaStreamSynchronize"));
  wait(s, "cudaStreamSynchronize");
  return cudaSuccess;
}
API cudaError_t cudaStreamQuery(cudaStream_t s) {
  Hold hold(lock());
  if (capturing(s)) return broken(real(s)->capture, cudaErrorStreamCaptureUnsupported, "cudaStreamQuery");
  return unsafe("cudaStreamQuery");
}
API cudaError_t cudaDeviceSynchronize() {
  Hold hold(lock());
  for (Capture *c : captures) return broken(c, cudaErrorStreamCaptureUnsupported, "cudaDeviceSynchronize");
  log(Wait, "cudaDeviceSynchronize");
  return cudaSuccess;
}
API cudaError_t cudaStreamAddCallback(cudaStream_t s, cudaStreamCallback_t f, void *data, unsigned) {
  if (capturing(s)) return broken(real(s)->capture, cudaErrorStreamCaptureUnsupported, "cudaStreamAddCallback");
  return f(s, cudaSuccess, data), cudaSuccess;
}
API cudaError_t cudaLaunchHostFunc(cudaStream_t s, cudaHostFn_t f, void *data) {
  return enqueue(s, Note, "cudaLaunchHostFunc", 0, [=] { f(data); });
}

// Events.

API cudaError_t cudaEventCreateWithFlags(cudaEvent_t *e, unsigned) { return *e = new CUevent_st, cudaSuccess; }
API cudaError_t cudaEventCreate(cudaEvent_t *e) { return cudaEventCreateWithFlags(e, 0); }
API cudaError_t cudaEventDestroy(cudaEvent_t e) { return delete e, cudaSuccess; }
API cudaError_t cudaEventRecordWithFlags(cudaEvent_t e, cudaStream_t stream, unsigned) {
  Hold hold(lock());
  e->capture = nullptr, e->tail.clear(), e->recorded = true, e->at = std::chrono::steady_clock::now();
  if (is_legacy(stream)) {
    return legacy("cudaEventRecord");
  }
  cudaStream_t s = real(stream);
  if (s->capture) e->capture = s->capture, e->id = s->capture->id, e->tail = s->tail;
  return cudaSuccess;
}
API cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s) { return cudaEventRecordWithFlags(e, s, 0); }
API cudaError_t cudaEventQuery(cudaEvent_t e) {
  Hold hold(lock());
  if (of_capture(e)) return broken(e->capture, cudaErrorCapturedEvent, "cudaEventQuery");
  return unsafe("cudaEventQuery");
}
API cudaError_t cudaEventSynchronize(cudaEvent_t e) {
  Hold hold(lock());
  if (of_capture(e)) return broken(e->capture, cudaErrorCapturedEvent, "cudaEventSynchronize");
  TRY(unsafe("cudaEventSynchronize"));
  log(Wait, "cudaEventSynchronize");
  return cudaSuccess;
}
API cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t a, cudaEvent_t b) {
  if (!a->recorded || !b->recorded) return fail(cudaErrorInvalidResourceHandle);
  *ms = std::chrono::duration<float, std::milli>(b->at - a->at).count();
  return cudaSuccess;
}
API cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t e, unsigned flags) {
  Hold hold(lock());
  if (!e->recorded) return cudaSuccess;
  if (is_legacy(stream)) return of_capture(e) ? broken(e->capture, cudaErrorStreamCaptureImplicit, "cudaStreamWaitEvent") : cudaSuccess;
  cudaStream_t s = real(stream);
  if (!of_capture(e)) {
    if (!s->capture || flags == cudaEventWaitExternal) return cudaSuccess;
    return broken(s->capture, cudaErrorStreamCaptureIsolation, "cudaStreamWaitEvent");
  }
  if (s->capture && s->capture != e->capture) return broken(s->capture, cudaErrorStreamCaptureMerge, "cudaStreamWaitEvent");
  s->capture = e->capture; // a fork: it is captured from now on
  s->capture->streams.insert(s);
  s->tail.insert(e->tail.begin(), e->tail.end());
  return cudaSuccess;
}

// Captures.

API cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode *mode) {
  std::swap(*mode, thread_mode);
  return cudaSuccess;
}
API cudaError_t cudaStreamBeginCapture(cudaStream_t s, cudaStreamCaptureMode mode) {
  Hold hold(lock());
  if (is_legacy(s)) return fail(cudaErrorStreamCaptureUnsupported);
  s = real(s);
  if (s->capture) return fail(cudaErrorIllegalState);
  s->capture = new Capture{++capture_ids, s, mode, std::this_thread::get_id(), new CUgraph_st, false, {s}};
  s->tail.clear();
  captures.insert(s->capture);
  return cudaSuccess;
}
API cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t *graph) {
  Hold hold(lock());
  *graph = nullptr;
  if (is_legacy(s) || !real(s)->capture) return fail(cudaErrorIllegalState);
  s = real(s);
  Capture *c = s->capture;
  if (c->origin != s) return broken(c, cudaErrorStreamCaptureUnmatched, "cudaStreamEndCapture");
  if (c->mode != cudaStreamCaptureModeRelaxed && c->thread != std::this_thread::get_id())
    return broken(c, cudaErrorStreamCaptureWrongThread, "cudaStreamEndCapture");
  Nodes joined, todo = s->tail;
  while (!todo.empty()) {
    auto *n = *todo.begin();
    todo.erase(todo.begin());
    if (joined.insert(n).second) todo.insert(n->after.begin(), n->after.end());
  }
  for (cudaStream_t f : c->streams) f->capture = nullptr, f->tail.clear();
  captures.erase(c);
  if (c->broken) return fail(cudaErrorStreamCaptureInvalidated);
  if (joined.size() != c->graph->nodes.size()) return broken(nullptr, cudaErrorStreamCaptureUnjoined, "cudaStreamEndCapture");
  *graph = c->graph;
  log(Note, "graph captured", c->graph->nodes.size());
  return cudaSuccess;
}
API cudaError_t cudaStreamIsCapturing(cudaStream_t s, cudaStreamCaptureStatus *status) {
  Hold hold(lock());
  *status = cudaStreamCaptureStatusNone;
  if (is_legacy(s)) return legacy("cudaStreamIsCapturing");
  if (Capture *c = real(s)->capture) *status = c->broken ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
API cudaError_t cudaStreamGetCaptureInfo(cudaStream_t s, cudaStreamCaptureStatus *status, unsigned long long *id, cudaGraph_t *graph,
                                         const cudaGraphNode_t **after, const cudaGraphEdgeData **edges, size_t *n) {
  Hold hold(lock());
  TRY(cudaStreamIsCapturing(s, status));
  if (*status != cudaStreamCaptureStatusActive) return cudaSuccess;
  s = real(s);
  s->shown.assign(s->tail.begin(), s->tail.end());
  if (id) *id = s->capture->id;
  if (graph) *graph = s->capture->graph;
  if (after) *after = s->shown.data();
  if (edges) *edges = nullptr;
  if (n) *n = s->shown.size();
  return cudaSuccess;
}

// Graphs.

API cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long) {
  *exec = new CUgraphExec_st;
  for (auto *n : graph->nodes) (*exec)->nodes.push_back(*n);
  log(Note, "graph instantiated", graph->nodes.size());
  return cudaSuccess;
}
API cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags) { return cudaGraphInstantiate(exec, graph, flags); }
API cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  return enqueue(stream, Graph, ("a graph of " + std::to_string(exec->nodes.size()) + " nodes").c_str(), exec->nodes.size(), [=] {
    for (auto &n : exec->nodes) {
      if (n.effect) n.effect();
      log(InGraph, n.name.c_str(), n.amount);
    }
  });
}
API cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }
API cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  for (auto *n : graph->nodes) delete n;
  return delete graph, cudaSuccess;
}
API cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) { return delete exec, cudaSuccess; }
API cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *n) {
  if (nodes) std::copy(graph->nodes.begin(), graph->nodes.begin() + std::min(*n, graph->nodes.size()), nodes);
  return *n = graph->nodes.size(), cudaSuccess;
}
API cudaError_t cudaUserObjectCreate(cudaUserObject_t *object, void *, cudaHostFn_t, unsigned, unsigned) { return *object = nullptr, cudaSuccess; }
API cudaError_t cudaUserObjectRelease(cudaUserObject_t, unsigned) { return cudaSuccess; }
API cudaError_t cudaGraphRetainUserObject(cudaGraph_t, cudaUserObject_t, unsigned, unsigned) { return cudaSuccess; }
API cudaError_t cudaDeviceGetGraphMemAttribute(int, cudaGraphMemAttributeType, void *value) { return *static_cast<uint64_t *>(value) = 0, cudaSuccess; }
