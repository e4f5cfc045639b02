// libnvidia-ml, as PyTorch's allocator asks it whether GPUs share memory over a fabric: there is one GPU, and no fabric.
#include "dry.h"

namespace {
constexpr int kNotSupported = 3; // NVML_ERROR_NOT_SUPPORTED
}

API int nvmlInit_v2() { return 0; }
API int nvmlShutdown() { return 0; }
API const char *nvmlErrorString(int) { return "an error of the dry run's NVML"; }
API int nvmlDeviceGetCount_v2(unsigned *n) { return *n = 1, 0; }
API int nvmlDeviceGetHandleByIndex_v2(unsigned, void **device) { return *device = nullptr, 0; }
API int nvmlDeviceGetHandleByPciBusId_v2(const char *, void **device) { return *device = nullptr, 0; }
API int nvmlSystemGetCudaDriverVersion_v2(int *v) { return *v = 13000, 0; }
API int nvmlDeviceGetGpuFabricInfoV(void *, void *) { return kNotSupported; }
API int nvmlDeviceGetNvLinkRemoteDeviceType(void *, unsigned, int *) { return kNotSupported; }
API int nvmlDeviceGetNvLinkRemotePciInfo_v2(void *, unsigned, void *) { return kNotSupported; }
API int nvmlDeviceGetComputeRunningProcesses(void *, unsigned *n, void *) { return *n = 0, 0; }
