// libcublasLt: every heuristic finds one algorithm that needs no workspace.
#include "product.h"

#include <cstdio>
#include <cstring>
#include <cublasLt.h>

namespace {

// What lies in cuBLASLt's opaque structs.
struct Layout {
  cudaDataType type;
  uint64_t rows, cols;
  int64_t ld;
  int32_t batch;
};
struct Desc {
  cublasOperation_t a, b;
  cublasLtEpilogue_t epilogue; // CUBLASLT_EPILOGUE_DEFAULT is 1
  cublasComputeType_t compute;
};
static_assert(sizeof(Layout) <= sizeof(cublasLtMatrixLayoutOpaque_t) && sizeof(Desc) <= sizeof(cublasLtMatmulDescOpaque_t), "they fit");

template <class To, class From> To *as(From *p) { return reinterpret_cast<To *>(p); }

template <class T> cublasStatus_t create(T **p) { return *p = new T(), CUBLAS_STATUS_SUCCESS; }
template <class T> cublasStatus_t destroy(T *p) { return delete p, CUBLAS_STATUS_SUCCESS; }

const char *epilogue_name(cublasLtEpilogue_t e) {
  switch (e) {
  case CUBLASLT_EPILOGUE_DEFAULT: return "";
  case CUBLASLT_EPILOGUE_BIAS: return " + bias";
  case CUBLASLT_EPILOGUE_GELU: case CUBLASLT_EPILOGUE_GELU_BIAS: return " + bias, gelu";
  case CUBLASLT_EPILOGUE_RELU: case CUBLASLT_EPILOGUE_RELU_BIAS: return " + bias, relu";
  case CUBLASLT_EPILOGUE_BGRADA: case CUBLASLT_EPILOGUE_BGRADB: return " + bias gradient";
  default: return " + other epilogue";
  }
}

} // namespace

API size_t cublasLtGetVersion() { return CUBLAS_VERSION; }
API cublasStatus_t cublasLtCreate(cublasLtHandle_t *h) { return *h = as<cublasLtContext>(new char), CUBLAS_STATUS_SUCCESS; }
API cublasStatus_t cublasLtDestroy(cublasLtHandle_t h) { return delete as<char>(h), CUBLAS_STATUS_SUCCESS; }

API cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *l, cudaDataType type, uint64_t rows, uint64_t cols, int64_t ld) {
  create(l);
  *as<Layout>(*l) = {type, rows, cols, ld, 1};
  return CUBLAS_STATUS_SUCCESS;
}
API cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) { return destroy(l); }
API cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t l, cublasLtMatrixLayoutAttribute_t a, const void *v, size_t) {
  if (a == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) memcpy(&as<Layout>(l)->batch, v, sizeof(int32_t));
  return CUBLAS_STATUS_SUCCESS;
}

API cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *d, cublasComputeType_t compute, cudaDataType_t) {
  create(d);
  as<Desc>(*d)->compute = compute, as<Desc>(*d)->epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  return CUBLAS_STATUS_SUCCESS;
}
API cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) { return destroy(d); }
API cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t a, const void *v, size_t) {
  if (a == CUBLASLT_MATMUL_DESC_TRANSA) memcpy(&as<Desc>(d)->a, v, sizeof(int32_t));
  if (a == CUBLASLT_MATMUL_DESC_TRANSB) memcpy(&as<Desc>(d)->b, v, sizeof(int32_t));
  if (a == CUBLASLT_MATMUL_DESC_EPILOGUE) memcpy(&as<Desc>(d)->epilogue, v, sizeof(int32_t));
  return CUBLAS_STATUS_SUCCESS;
}

API cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *p) { return create(p); }
API cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) { return destroy(p); }
API cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t, cublasLtMatmulPreferenceAttributes_t, const void *, size_t) {
  return CUBLAS_STATUS_SUCCESS;
}
API cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                                  cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatmulPreference_t, int want,
                                                  cublasLtMatmulHeuristicResult_t results[], int *found) {
  *found = want > 0;
  if (want > 0) results[0] = {}, results[0].state = CUBLAS_STATUS_SUCCESS;
  return CUBLAS_STATUS_SUCCESS;
}

// C is an m x n matrix of columns; k is the side of A that it has not.
API cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc, const void *, const void *, cublasLtMatrixLayout_t a, const void *,
                                  cublasLtMatrixLayout_t, const void *, const void *, cublasLtMatrixLayout_t, void *, cublasLtMatrixLayout_t d,
                                  const cublasLtMatmulAlgo_t *, void *, size_t, cudaStream_t stream) {
  auto *la = as<Layout>(a), *ld = as<Layout>(d);
  uint64_t k = as<Desc>(desc)->a == CUBLAS_OP_N ? la->cols : la->rows;
  const char *type = la->type == CUDA_R_16BF ? "bf16" : la->type == CUDA_R_32F ? "f32" : "other";
  bool tf32 = as<Desc>(desc)->compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  char name[160];
  snprintf(name, sizeof name, "cublasLtMatmul%s%s %s %d x %lu x %lu x %lu", tf32 ? " TF32" : "", epilogue_name(as<Desc>(desc)->epilogue), type, ld->batch,
           ld->rows, ld->cols, k);
  return dry_enqueue_product(stream, name, 2.0 * ld->batch * ld->rows * ld->cols * k) ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}
