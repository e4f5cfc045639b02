// libcudnn, as far as PyTorch's attention goes: every graph has one plan without a workspace. Plans are notes, as building
// one takes the host much longer than a launch, and executions count as launches.
#include "cudart.h"

#include <cstring>

namespace {
struct Handle {
  cudaStream_t stream = nullptr;
};
struct Descriptor {
  int type;
};
enum { kInt64 = 3, kInt32 = 23, kPlan = 5, kResults = 202, kEngine = 300 }; // cudnn_graph.h's types, of values and of a plan, and attributes
} // namespace

API size_t cudnnGetVersion() { return 92000; } // newer than all that PyTorch asks for
API size_t cudnnGetCudartVersion() { return 13000; }
API const char *cudnnGetErrorString(int) { return "an error of the dry run's cuDNN"; }
API void cudnnGetLastErrorString(char *s, size_t n) { strncpy(s, "an error of the dry run's cuDNN", n); }
API int cudnnCreate(Handle **h) { return *h = new Handle, 0; }
API int cudnnDestroy(Handle *h) { return delete h, 0; }
API int cudnnSetStream(Handle *h, cudaStream_t s) { return h->stream = s, 0; }
API int cudnnGetStream(Handle *h, cudaStream_t *s) { return *s = h->stream, 0; }
API int cudnnBackendCreateDescriptor(int type, Descriptor **d) { return *d = new Descriptor{type}, 0; }
API int cudnnBackendDestroyDescriptor(Descriptor *d) { return delete d, 0; }
API int cudnnBackendSetAttribute(Descriptor *, int, int, int64_t, const void *) { return 0; }
API int cudnnBackendFinalize(Descriptor *d) {
  if (d->type == kPlan) dry::log(dry::Note, "a cuDNN plan built");
  return 0;
}
// One result of each heuristic; numbers are 0, and of all else there is nothing.
API int cudnnBackendGetAttribute(Descriptor *, int attribute, int type, int64_t want, int64_t *n, void *out) {
  if (n) *n = attribute == kResults || attribute == kEngine || type == kInt64 || type == kInt32;
  if ((type == kInt64 || type == kInt32) && want == 1 && out) memset(out, 0, type == kInt64 ? 8 : 4);
  return 0;
}
API int cudnnBackendExecute(Handle *h, Descriptor *, Descriptor *) { return dry::enqueue(h->stream, dry::Launch, "a cuDNN plan", 0) ? 5000 : 0; }
