// libcublas: products are counted, with their shapes as cuBLAS has them, column by column: m x n x k.
#include "product.h"

#include <cstdio>
#include <cublas_v2.h>

struct cublasContext {
  cudaStream_t stream = nullptr;
  cublasMath_t math = CUBLAS_DEFAULT_MATH;
  cublasPointerMode_t pointers = CUBLAS_POINTER_MODE_HOST;
};

namespace {

const char *type_name(cudaDataType t) {
  return t == CUDA_R_16BF ? "bf16" : t == CUDA_R_16F ? "f16" : t == CUDA_R_32F ? "f32" : t == CUDA_R_64F ? "f64" : "other";
}

cublasStatus_t product(cublasHandle_t h, const char *call, cudaDataType t, int batch, int m, int n, int k) {
  char name[160];
  snprintf(name, sizeof name, "%s %s %d x %d x %d x %d", call, type_name(t), batch, m, n, k);
  return dry_enqueue_product(h->stream, name, 2.0 * batch * m * n * k) ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}

} // namespace

API cublasStatus_t cublasCreate_v2(cublasHandle_t *h) { return *h = new cublasContext, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasDestroy_v2(cublasHandle_t h) { return delete h, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int *v) { return *v = CUBLAS_VERSION, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasSetStream_v2(cublasHandle_t h, cudaStream_t s) { return h->stream = s, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasGetStream_v2(cublasHandle_t h, cudaStream_t *s) { return *s = h->stream, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void *, size_t) { return CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasSetMathMode(cublasHandle_t h, cublasMath_t m) { return h->math = m, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasGetMathMode(cublasHandle_t h, cublasMath_t *m) { return *m = h->math, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t h, cublasPointerMode_t m) { return h->pointers = m, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t h, cublasPointerMode_t *m) { return *m = h->pointers, CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasSetSmCountTarget(cublasHandle_t, int) { return CUBLAS_STATUS_SUCCESS; }

// TF32 would be other numbers than were asked for: it is named, so that a report shows it.
static const char *gemm_name(cublasHandle_t h, cudaDataType t, cublasComputeType_t compute) {
  bool tf32 = compute == CUBLAS_COMPUTE_32F_FAST_TF32 || (t == CUDA_R_32F && h->math == CUBLAS_TF32_TENSOR_OP_MATH);
  return tf32 ? "cublasGemmEx TF32" : "cublasGemmEx";
}

API cublasStatus_t cublasGemmEx(cublasHandle_t h, cublasOperation_t, cublasOperation_t, int m, int n, int k, const void *, const void *, cudaDataType t,
                                int, const void *, cudaDataType, int, const void *, void *, cudaDataType, int, cublasComputeType_t c, cublasGemmAlgo_t) {
  return product(h, gemm_name(h, t, c), t, 1, m, n, k);
}
API cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t h, cublasOperation_t, cublasOperation_t, int m, int n, int k, const void *, const void *,
                                              cudaDataType t, int, long long, const void *, cudaDataType, int, long long, const void *, void *,
                                              cudaDataType, int, long long, int batch, cublasComputeType_t c, cublasGemmAlgo_t) {
  return product(h, gemm_name(h, t, c), t, batch, m, n, k);
}
API cublasStatus_t cublasSgemm_v2(cublasHandle_t h, cublasOperation_t, cublasOperation_t, int m, int n, int k, const float *, const float *, int,
                                  const float *, int, const float *, float *, int) {
  return product(h, gemm_name(h, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUDA_R_32F, 1, m, n, k);
}
API cublasStatus_t cublasSgemmEx(cublasHandle_t h, cublasOperation_t, cublasOperation_t, int m, int n, int k, const float *, const void *, cudaDataType t,
                                 int, const void *, cudaDataType, int, const float *, void *, cudaDataType, int) {
  return product(h, "cublasSgemmEx", t, 1, m, n, k);
}
API cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t h, cublasOperation_t, cublasOperation_t, int m, int n, int k, const float *, const float *, int,
                                             long long, const float *, int, long long, const float *, float *, int, long long, int batch) {
  return product(h, gemm_name(h, CUDA_R_32F, CUBLAS_COMPUTE_32F), CUDA_R_32F, batch, m, n, k);
}
API cublasStatus_t cublasSgemv_v2(cublasHandle_t h, cublasOperation_t, int m, int n, const float *, const float *, int, const float *, int, const float *,
                                  float *, int) {
  return product(h, "cublasSgemv", CUDA_R_32F, 1, m, 1, n);
}
API cublasStatus_t cublasDgemm_v2(cublasHandle_t h, cublasOperation_t, cublasOperation_t, int m, int n, int k, const double *, const double *, int,
                                  const double *, int, const double *, double *, int) {
  return product(h, "cublasDgemm", CUDA_R_64F, 1, m, n, k);
}
API cublasStatus_t cublasSdot_v2(cublasHandle_t h, int n, const float *, int, const float *, int, float *) { return product(h, "cublasSdot", CUDA_R_32F, 1, 1, 1, n); }
API cublasStatus_t cublasDotEx(cublasHandle_t h, int n, const void *, cudaDataType t, int, const void *, cudaDataType, int, void *, cudaDataType, cudaDataType) {
  return product(h, "cublasDotEx", t, 1, 1, 1, n);
}
