// libcudart's device, memory and kernels; its streams and graphs are in streams.cpp.
#include "cudart.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <string>
#include <unordered_map>

using namespace dry;

struct CUkern_st {
  std::string name;
  size_t shared = 48 << 10; // what a block may ask for
};

namespace {

thread_local cudaError_t last = cudaSuccess;

std::mutex &lock() {
  static auto *m = new std::mutex;
  return *m;
}
std::unordered_map<const void *, CUkern_st *> &kernels() {
  static auto *k = new std::unordered_map<const void *, CUkern_st *>;
  return *k;
}
std::unordered_map<const void *, std::pair<void *, size_t>> &variables() {
  static auto *v = new std::unordered_map<const void *, std::pair<void *, size_t>>;
  return *v;
}

CUkern_st *find(const void *fun) {
  std::lock_guard<std::mutex> hold(lock());
  auto it = kernels().find(fun);
  return it == kernels().end() ? nullptr : it->second;
}

// Launches fail where a GPU's would: an empty or too large grid, more shared memory than was asked for.
cudaError_t launch(const void *fun, dim3 grid, dim3 block, size_t shared, cudaStream_t stream) {
  CUkern_st *k = find(fun);
  if (!k) return fail(cudaErrorInvalidDeviceFunction);
  size_t threads = size_t(block.x) * block.y * block.z;
  bool bad = threads == 0 || threads > 1024 || block.z > 64 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 2147483647u ||
             grid.y > 65535 || grid.z > 65535;
  if (bad || shared > k->shared) {
    fprintf(stderr, "dry: grid %u %u %u, block %u %u %u, shared %zu: no launch of %s\n", grid.x, grid.y, grid.z, block.x, block.y, block.z,
            shared, k->name.c_str());
    log(Illegal, ("launch of " + k->name).c_str());
    return fail(bad ? cudaErrorInvalidConfiguration : cudaErrorInvalidValue);
  }
  TRY(enqueue(stream, Launch, k->name.c_str(), 0));
  return cudaSuccess;
}

// The device's memory holds what was copied to it only where DRY_VALUES is set. Kernels do not run, so that most of it would
// be of no use; without it, it costs nothing, and the host gets zeros, which indices and losses can be.
bool values() {
  static const bool set = getenv("DRY_VALUES");
  return set;
}

const char *side(Where w) { return w == Where::Device ? "device" : w == Where::Pinned ? "pinned" : "pageable"; }

cudaError_t copy(void *dst, const void *src, size_t n, cudaStream_t stream, bool async, cudaMemcpyKind kind) {
  if (n == 0) return cudaSuccess;
  Where to = where(dst, nullptr, nullptr), from = where(src, nullptr, nullptr);
  bool d2h = to != Where::Device, h2d = from != Where::Device;
  if ((kind == cudaMemcpyHostToDevice && d2h) || (kind == cudaMemcpyDeviceToHost && h2d) || (kind == cudaMemcpyDeviceToDevice && (d2h || h2d)) ||
      (kind == cudaMemcpyHostToHost && (!d2h || !h2d)))
    return fail(cudaErrorInvalidValue);
  std::string name = std::string(side(from)) + " to " + side(to);
  bool pageable = to == Where::Pageable || from == Where::Pageable;
  if (!async || (pageable && capturing(stream))) TRY(unsafe(async ? "cudaMemcpyAsync of pageable memory" : "cudaMemcpy"));
  TRY(enqueue(stream, Copy, name.c_str(), n, [=] {
    if (values() || (d2h && h2d)) memmove(dst, src, n);
    else if (d2h) memset(dst, 0, n);
  }));
  // Pageable memory is staged: the host waits for a copy from the device, and for one to it above 64 KB.
  if (!async || (pageable && (d2h || n > (64 << 10)))) wait(stream, ((async ? "cudaMemcpyAsync " : "cudaMemcpy ") + name).c_str());
  return cudaSuccess;
}

} // namespace

cudaError_t dry::fail(cudaError_t e) { return last = e; }

API cudaError_t cudaGetLastError() {
  cudaError_t e = last;
  last = cudaSuccess;
  return e;
}
API cudaError_t cudaPeekAtLastError() { return last; }
API const char *cudaGetErrorName(cudaError_t e) {
  static thread_local char name[32];
  snprintf(name, sizeof name, "CUDA error %d", e);
  return name;
}
API const char *cudaGetErrorString(cudaError_t e) {
  switch (e) {
  case cudaSuccess: return "no error";
  case cudaErrorInvalidValue: return "invalid argument";
  case cudaErrorMemoryAllocation: return "out of memory";
  case cudaErrorInvalidConfiguration: return "invalid configuration argument";
  case cudaErrorInvalidDeviceFunction: return "invalid device function";
  case cudaErrorNotSupported: return "operation not supported (the dry run has no such call)";
  case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
  case cudaErrorStreamCaptureInvalidated: return "operation failed due to a previous error during capture";
  case cudaErrorStreamCaptureMerge: return "operation would result in a merge of separate capture sequences";
  case cudaErrorStreamCaptureUnmatched: return "capture was not ended in the same stream as it began";
  case cudaErrorStreamCaptureUnjoined: return "capturing stream has unjoined work";
  case cudaErrorStreamCaptureIsolation: return "dependency created on uncaptured work in another stream";
  case cudaErrorStreamCaptureImplicit: return "operation would make the legacy stream depend on a capturing blocking stream";
  case cudaErrorCapturedEvent: return "operation not permitted on an event last recorded in a capturing stream";
  case cudaErrorStreamCaptureWrongThread: return "attempt to terminate a thread-local capture sequence from another thread";
  default: return cudaGetErrorName(e);
  }
}

// The device.

API cudaError_t cudaGetDeviceCount(int *n) { return *n = 1, cudaSuccess; }
API cudaError_t cudaGetDevice(int *d) { return *d = 0, cudaSuccess; }
API cudaError_t cudaSetDevice(int d) { return d == 0 ? cudaSuccess : fail(cudaErrorInvalidDevice); }
API cudaError_t cudaDriverGetVersion(int *v) { return *v = CUDART_VERSION, cudaSuccess; }
API cudaError_t cudaRuntimeGetVersion(int *v) { return *v = CUDART_VERSION, cudaSuccess; }
API cudaError_t cudaDeviceCanAccessPeer(int *can, int, int) { return *can = 0, cudaSuccess; }
API cudaError_t cudaDeviceGetPCIBusId(char *id, int len, int) { return snprintf(id, len, "0000:01:00.0"), cudaSuccess; }
API cudaError_t cudaProfilerStart() { return cudaSuccess; }
API cudaError_t cudaProfilerStop() { return cudaSuccess; }

API cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int) {
  memset(p, 0, sizeof *p);
  strcpy(p->name, "NVIDIA H100 80GB HBM3");
  p->totalGlobalMem = total_memory();
  p->sharedMemPerBlock = 48 << 10, p->sharedMemPerBlockOptin = kShared, p->sharedMemPerMultiprocessor = 228 << 10;
  p->reservedSharedMemPerBlock = 1024;
  p->regsPerBlock = p->regsPerMultiprocessor = 65536;
  p->warpSize = 32, p->maxThreadsPerBlock = 1024, p->maxThreadsPerMultiProcessor = 2048, p->maxBlocksPerMultiProcessor = 32;
  p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024, p->maxThreadsDim[2] = 64;
  p->maxGridSize[0] = 2147483647, p->maxGridSize[1] = p->maxGridSize[2] = 65535;
  p->totalConstMem = 64 << 10, p->memPitch = 2147483647;
  p->major = kMajor, p->minor = kMinor, p->multiProcessorCount = kSMs;
  p->textureAlignment = 512, p->texturePitchAlignment = 32;
  p->canMapHostMemory = p->concurrentKernels = p->ECCEnabled = p->unifiedAddressing = p->managedMemory = 1;
  p->concurrentManagedAccess = p->cooperativeLaunch = p->memoryPoolsSupported = p->hostRegisterSupported = p->clusterLaunch = 1;
  p->streamPrioritiesSupported = p->globalL1CacheSupported = p->localL1CacheSupported = 1;
  p->pciBusID = 1, p->asyncEngineCount = 3, p->memoryBusWidth = 5120, p->l2CacheSize = 50 << 20;
  return cudaSuccess;
}

API cudaError_t cudaDeviceGetAttribute(int *v, cudaDeviceAttr a, int) {
  switch (int(a)) {
  case cudaDevAttrMaxThreadsPerBlock: case cudaDevAttrMaxBlockDimX: case cudaDevAttrMaxBlockDimY: *v = 1024; break;
  case cudaDevAttrMaxBlockDimZ: *v = 64; break;
  case cudaDevAttrMaxGridDimX: *v = 2147483647; break;
  case cudaDevAttrMaxGridDimY: case cudaDevAttrMaxGridDimZ: *v = 65535; break;
  case cudaDevAttrMaxSharedMemoryPerBlock: *v = 48 << 10; break;
  case cudaDevAttrMaxSharedMemoryPerBlockOptin: *v = kShared; break;
  case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *v = 228 << 10; break;
  case cudaDevAttrReservedSharedMemoryPerBlock: *v = 1024; break;
  case cudaDevAttrWarpSize: *v = 32; break;
  case cudaDevAttrMaxRegistersPerBlock: case cudaDevAttrMaxRegistersPerMultiprocessor: *v = 65536; break;
  case cudaDevAttrMultiProcessorCount: *v = kSMs; break;
  case cudaDevAttrMaxThreadsPerMultiProcessor: *v = 2048; break;
  case cudaDevAttrMaxBlocksPerMultiprocessor: *v = 32; break;
  case cudaDevAttrComputeCapabilityMajor: *v = kMajor; break;
  case cudaDevAttrComputeCapabilityMinor: *v = kMinor; break;
  case cudaDevAttrClockRate: *v = 1980000; break;
  case cudaDevAttrMemoryClockRate: *v = 2619000; break;
  case cudaDevAttrGlobalMemoryBusWidth: *v = 5120; break;
  case cudaDevAttrL2CacheSize: *v = 50 << 20; break;
  case cudaDevAttrTextureAlignment: *v = 512; break;
  case cudaDevAttrConcurrentKernels: case cudaDevAttrUnifiedAddressing: case cudaDevAttrCooperativeLaunch: case cudaDevAttrMemoryPoolsSupported:
  case cudaDevAttrCanMapHostMemory: case cudaDevAttrHostRegisterSupported: case cudaDevAttrManagedMemory: case cudaDevAttrEccEnabled: *v = 1; break;
  default: *v = 0;
  }
  return cudaSuccess;
}

API cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
  *total = total_memory(), *free = *total - used_memory();
  return cudaSuccess;
}

// The driver's calls, by name; what libdry has not is a function that returns an error and says its name.

namespace {
constexpr int kThunks = 64;
std::string thunk_names[kThunks];
template <int I> int thunk() { return missing(thunk_names[I].c_str()); }
template <int... I> void *thunk_at(int i, std::integer_sequence<int, I...>) {
  static int (*const all[])() = {thunk<I>...};
  return reinterpret_cast<void *>(all[i]);
}
} // namespace

API cudaError_t cudaGetDriverEntryPointByVersion(const char *symbol, void **fun, unsigned, unsigned long long, cudaDriverEntryPointQueryResult *result) {
  static std::mutex m;
  std::lock_guard<std::mutex> hold(m);
  if (result) *result = cudaDriverEntryPointSuccess;
  if ((*fun = dlsym(RTLD_DEFAULT, symbol))) return cudaSuccess;
  int i = 0;
  while (i < kThunks - 1 && !thunk_names[i].empty() && thunk_names[i] != symbol) i++;
  thunk_names[i] = symbol;
  *fun = thunk_at(i, std::make_integer_sequence<int, kThunks>());
  return cudaSuccess;
}
API cudaError_t cudaGetDriverEntryPoint(const char *symbol, void **fun, unsigned long long flags, cudaDriverEntryPointQueryResult *result) {
  return cudaGetDriverEntryPointByVersion(symbol, fun, 0, flags, result);
}

// Memory.

API cudaError_t cudaMalloc(void **p, size_t n) {
  *p = nullptr;
  TRY(unsafe("cudaMalloc"));
  if (n == 0) return cudaSuccess;
  if (!(*p = reserve(n, Where::Device))) return fail(cudaErrorMemoryAllocation);
  log(Alloc, "cudaMalloc", n);
  return cudaSuccess;
}
API cudaError_t cudaFree(void *p) {
  size_t n = 0;
  if (!p) return cudaSuccess;
  TRY(unsafe("cudaFree"));
  where(p, nullptr, &n);
  if (!release(p, Where::Device)) return fail(cudaErrorInvalidValue);
  log(Free, "cudaFree", n);
  return cudaSuccess;
}
API cudaError_t cudaMallocAsync(void **p, size_t n, cudaStream_t) {
  if (!(*p = reserve(n, Where::Device))) return fail(cudaErrorMemoryAllocation);
  log(Alloc, "cudaMallocAsync", n);
  return cudaSuccess;
}
API cudaError_t cudaFreeAsync(void *p, cudaStream_t) {
  size_t n = 0;
  where(p, nullptr, &n);
  if (!release(p, Where::Device)) return fail(cudaErrorInvalidValue);
  log(Free, "cudaFreeAsync", n);
  return cudaSuccess;
}
API cudaError_t cudaHostAlloc(void **p, size_t n, unsigned) {
  TRY(unsafe("cudaHostAlloc"));
  if (!(*p = reserve(n ? n : 1, Where::Pinned))) return fail(cudaErrorMemoryAllocation);
  log(Note, "cudaHostAlloc", n);
  return cudaSuccess;
}
API cudaError_t cudaMallocHost(void **p, size_t n) { return cudaHostAlloc(p, n, 0); }
API cudaError_t cudaFreeHost(void *p) {
  TRY(unsafe("cudaFreeHost"));
  return !p || release(p, Where::Pinned) ? cudaSuccess : fail(cudaErrorInvalidValue);
}
API cudaError_t cudaHostRegister(void *p, size_t n, unsigned) { return adopt(p, n, Where::Pinned), log(Note, "cudaHostRegister", n), cudaSuccess; }
API cudaError_t cudaHostUnregister(void *p) { return disown(p) ? cudaSuccess : fail(cudaErrorHostMemoryNotRegistered); }

API cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *a, const void *p) {
  memset(a, 0, sizeof *a);
  Where w = where(p, nullptr, nullptr);
  a->type = w == Where::Device ? cudaMemoryTypeDevice : w == Where::Pinned ? cudaMemoryTypeHost : cudaMemoryTypeUnregistered;
  a->device = w == Where::Pageable ? -2 : 0;
  a->devicePointer = w == Where::Pageable ? nullptr : const_cast<void *>(p);
  a->hostPointer = w == Where::Device ? nullptr : const_cast<void *>(p);
  return cudaSuccess;
}

API cudaError_t cudaMemcpy(void *d, const void *s, size_t n, cudaMemcpyKind k) { return copy(d, s, n, nullptr, false, k); }
API cudaError_t cudaMemcpyAsync(void *d, const void *s, size_t n, cudaMemcpyKind k, cudaStream_t st) { return copy(d, s, n, st, true, k); }
API cudaError_t cudaMemsetAsync(void *p, int value, size_t n, cudaStream_t stream) {
  if (n && where(p, nullptr, nullptr) == Where::Pageable) return fail(cudaErrorInvalidValue);
  return enqueue(stream, Fill, "cudaMemsetAsync", n, [=] {
    if (values()) value == 0 ? zero(p, n) : (void)memset(p, value, n);
  });
}
API cudaError_t cudaMemset(void *p, int value, size_t n) {
  TRY(unsafe("cudaMemset"));
  return cudaMemsetAsync(p, value, n, nullptr);
}
API cudaError_t cudaGetSymbolAddress(void **p, const void *symbol) {
  std::lock_guard<std::mutex> hold(lock());
  auto it = variables().find(symbol);
  if (it == variables().end()) return fail(cudaErrorInvalidSymbol);
  if (!it->second.first) it->second.first = reserve(it->second.second, Where::Device);
  return *p = it->second.first, cudaSuccess;
}
API cudaError_t cudaMemcpyToSymbol(const void *symbol, const void *src, size_t n, size_t offset, cudaMemcpyKind kind) {
  void *p;
  TRY(cudaGetSymbolAddress(&p, symbol));
  return cudaMemcpy(static_cast<char *>(p) + offset, src, n, kind);
}

// Kernels: what nvcc's code registers when a library is loaded, and the launches of it.

API void **__cudaRegisterFatBinary(void *) {
  static void *handle;
  return &handle;
}
API void __cudaRegisterFatBinaryEnd(void **) {}
API void __cudaUnregisterFatBinary(void **) {}
API void __cudaRegisterFunction(void **, const char *fun, char *, const char *name, int, uint3 *, uint3 *, dim3 *, dim3 *, int *) {
  auto *k = new CUkern_st{name};
  std::lock_guard<std::mutex> hold(lock());
  kernels()[fun] = kernels()[k] = k;
}
API void __cudaRegisterVar(void **, char *var, char *, const char *, int, size_t size, int, int) {
  std::lock_guard<std::mutex> hold(lock());
  variables()[var] = {nullptr, size};
}

namespace {
struct Configuration {
  dim3 grid, block;
  size_t shared;
  cudaStream_t stream;
};
thread_local Configuration pushed;
} // namespace

API unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, cudaStream_t stream) {
  pushed = {grid, block, shared, stream};
  return 0;
}
API cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream) {
  *grid = pushed.grid, *block = pushed.block, *shared = pushed.shared;
  *static_cast<cudaStream_t *>(stream) = pushed.stream;
  return cudaSuccess;
}
API cudaError_t __cudaGetKernel(cudaKernel_t *k, const void *fun) { return (*k = find(fun)) ? cudaSuccess : fail(cudaErrorInvalidDeviceFunction); }
API cudaError_t cudaGetKernel(cudaKernel_t *k, const void *fun) { return __cudaGetKernel(k, fun); }
API cudaError_t __cudaLaunchKernel(cudaKernel_t k, dim3 grid, dim3 block, void **, size_t shared, cudaStream_t stream) {
  return launch(k, grid, block, shared, stream);
}
API cudaError_t cudaLaunchKernel(const void *fun, dim3 grid, dim3 block, void **, size_t shared, cudaStream_t stream) {
  return launch(fun, grid, block, shared, stream);
}
API cudaError_t cudaLaunchCooperativeKernel(const void *fun, dim3 grid, dim3 block, void **, size_t shared, cudaStream_t stream) {
  return launch(fun, grid, block, shared, stream);
}
API cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *c, const void *fun, void **) {
  return launch(fun, c->gridDim, c->blockDim, c->dynamicSmemBytes, c->stream);
}

API cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *a, const void *fun) {
  CUkern_st *k = find(fun);
  if (!k) return fail(cudaErrorInvalidDeviceFunction);
  memset(a, 0, sizeof *a);
  a->maxThreadsPerBlock = 1024, a->numRegs = 32, a->ptxVersion = a->binaryVersion = kMajor * 10 + kMinor, a->maxDynamicSharedSizeBytes = k->shared;
  return cudaSuccess;
}
API cudaError_t cudaFuncSetAttribute(const void *fun, cudaFuncAttribute attribute, int value) {
  CUkern_st *k = find(fun);
  if (!k) return fail(cudaErrorInvalidDeviceFunction);
  if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize) {
    if (value < 0 || size_t(value) > kShared) return fail(cudaErrorInvalidValue);
    k->shared = value;
  }
  return cudaSuccess;
}
API cudaError_t cudaKernelSetAttributeForDevice(cudaKernel_t k, cudaFuncAttribute attribute, int value, int) { return cudaFuncSetAttribute(k, attribute, value); }
API cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *n, const void *, int block, size_t shared, unsigned) {
  int byThreads = 2048 / (block > 0 ? block : 2048), byShared = shared ? (228 << 10) / int(shared + 1024) : 32;
  *n = byThreads < byShared ? byThreads : byShared;
  if (*n > 32) *n = 32;
  return cudaSuccess;
}
API cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *n, const void *fun, int block, size_t shared) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(n, fun, block, shared, 0);
}
