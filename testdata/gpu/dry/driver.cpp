// libcuda: the context, and the memory that PyTorch's allocator maps itself (expandable segments).
#include "dry.h"

#include <cstring>
#include <cuda.h>
#include <sys/mman.h>

using namespace dry;

#undef cuDevicePrimaryCtxRelease
#undef cuMemGetAddressRange

namespace {
CUcontext context() { return reinterpret_cast<CUcontext>(0x1000); }
} // namespace

API CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
API CUresult cuDriverGetVersion(int *v) { return *v = CUDA_VERSION, CUDA_SUCCESS; }
API CUresult cuDeviceGetCount(int *n) { return *n = 1, CUDA_SUCCESS; }
API CUresult cuDeviceGet(CUdevice *d, int) { return *d = 0, CUDA_SUCCESS; }
API CUresult cuDeviceGetName(char *name, int room, CUdevice) { return strncpy(name, "dry run", room), CUDA_SUCCESS; }
API CUresult cuDeviceTotalMem(size_t *n, CUdevice) { return *n = total_memory(), CUDA_SUCCESS; }
API CUresult cuDeviceGetAttribute(int *v, CUdevice_attribute a, CUdevice) {
  switch (int(a)) {
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *v = kMajor; break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: *v = kMinor; break;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *v = kSMs; break;
  case CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED: *v = 1; break;
  default: *v = 0;
  }
  return CUDA_SUCCESS;
}
API CUresult cuDevicePrimaryCtxGetState(CUdevice, unsigned *flags, int *active) { return *flags = 0, *active = 1, CUDA_SUCCESS; }
API CUresult cuDevicePrimaryCtxRetain(CUcontext *c, CUdevice) { return *c = context(), CUDA_SUCCESS; }
API CUresult cuCtxGetCurrent(CUcontext *c) { return *c = context(), CUDA_SUCCESS; }
API CUresult cuCtxSetCurrent(CUcontext) { return CUDA_SUCCESS; }
API CUresult cuGetErrorString(CUresult, const char **s) { return *s = "an error of the dry run's driver", CUDA_SUCCESS; }
API CUresult cuGetErrorName(CUresult, const char **s) { return *s = "CUDA_ERROR", CUDA_SUCCESS; }
API CUresult cuTensorMapEncodeTiled(CUtensorMap *map, CUtensorMapDataType, cuuint32_t, void *, const cuuint64_t *, const cuuint64_t *, const cuuint32_t *,
                                    const cuuint32_t *, CUtensorMapInterleave, CUtensorMapSwizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
  return memset(map, 0, sizeof *map), CUDA_SUCCESS;
}

API CUresult cuLogsRegisterCallback(CUlogsCallback, void *, CUlogsCallbackHandle *) { return CUDA_SUCCESS; }
API CUresult cuLogsUnregisterCallback(CUlogsCallbackHandle) { return CUDA_SUCCESS; }

// Addresses are reserved without access, memory is a number of bytes until it is mapped.

API CUresult cuMemGetAllocationGranularity(size_t *n, const CUmemAllocationProp *, CUmemAllocationGranularity_flags) { return *n = 2 << 20, CUDA_SUCCESS; }
API CUresult cuMemAddressReserve(CUdeviceptr *p, size_t n, size_t, CUdeviceptr, unsigned long long) {
  void *m = mmap(nullptr, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
  adopt(m, n, Where::Device);
  return *p = reinterpret_cast<CUdeviceptr>(m), CUDA_SUCCESS;
}
API CUresult cuMemAddressFree(CUdeviceptr p, size_t n) {
  disown(reinterpret_cast<void *>(p));
  return munmap(reinterpret_cast<void *>(p), n), CUDA_SUCCESS;
}
API CUresult cuMemCreate(CUmemGenericAllocationHandle *h, size_t n, const CUmemAllocationProp *, unsigned long long) {
  if (used_memory() + n > total_memory()) return CUDA_ERROR_OUT_OF_MEMORY;
  account(n);
  log(Alloc, "cuMemCreate", n);
  return *h = reinterpret_cast<CUmemGenericAllocationHandle>(new size_t(n)), CUDA_SUCCESS;
}
API CUresult cuMemRelease(CUmemGenericAllocationHandle h) {
  auto *n = reinterpret_cast<size_t *>(h);
  account(-static_cast<long>(*n));
  log(Free, "cuMemRelease", *n);
  return delete n, CUDA_SUCCESS;
}
API CUresult cuMemMap(CUdeviceptr p, size_t n, size_t, CUmemGenericAllocationHandle, unsigned long long) {
  return mprotect(reinterpret_cast<void *>(p), n, PROT_READ | PROT_WRITE) ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
API CUresult cuMemUnmap(CUdeviceptr p, size_t n) {
  void *m = mmap(reinterpret_cast<void *>(p), n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return m == MAP_FAILED ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
API CUresult cuMemSetAccess(CUdeviceptr, size_t, const CUmemAccessDesc *, size_t) { return CUDA_SUCCESS; }
