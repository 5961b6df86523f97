// The part of cuBLAS that ONNX Runtime's provider calls: products are counted by shape, not computed.
#include <cublas_v2.h>

#include "device.h"

namespace {

const char* nameOf(cudaDataType type) {
  switch (type) {
    case CUDA_R_32F: return "float32";
    case CUDA_R_16F: return "float16";
    case CUDA_R_16BF: return "bfloat16";
    case CUDA_R_64F: return "float64";
    default: return "other";
  }
}

cublasMath_t mathMode = CUBLAS_DEFAULT_MATH;

const char* nameOf(cublasComputeType_t type) {
  switch (type) {
    case CUBLAS_COMPUTE_16F: return "in-float16";
    case CUBLAS_COMPUTE_32F: return mathMode & CUBLAS_TF32_TENSOR_OP_MATH ? "in-tf32-or-float32" : "in-float32";
    case CUBLAS_COMPUTE_32F_FAST_TF32: return "in-tf32-or-float32";
    case CUBLAS_COMPUTE_64F: return "in-float64";
    default: return "in-other";
  }
}

cublasStatus_t product(cudaDataType type, cublasComputeType_t how, int64_t m, int64_t n, int64_t k, int64_t batch) {
  dry::countProduct(nameOf(type), nameOf(how), m, n, k, batch);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t launch(const void* function) {
  dry::countLaunch(function);
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  static char something;
  *handle = reinterpret_cast<cublasHandle_t>(&something);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy_v2(cublasHandle_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream_v2(cublasHandle_t, cudaStream_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasGetMathMode(cublasHandle_t, cublasMath_t* mode) {
  *mode = mathMode;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t mode) {
  mathMode = mode;
  return CUBLAS_STATUS_SUCCESS;
}
const char* cublasGetStatusName(cublasStatus_t) { return "status of the dry device"; }
const char* cublasGetStatusString(cublasStatus_t) { return "status of the dry device"; }

cublasStatus_t cublasGemmEx(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const void*, const void*, cudaDataType type, int, const void*, cudaDataType, int, const void*, void*, cudaDataType, int, cublasComputeType_t how, cublasGemmAlgo_t) { return product(type, how, m, n, k, 1); }
cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const void*, const void*, cudaDataType type, int, long long, const void*, cudaDataType, int, long long, const void*, void*, cudaDataType, int, long long, int batch, cublasComputeType_t how, cublasGemmAlgo_t) { return product(type, how, m, n, k, batch); }
cublasStatus_t cublasGemmBatchedEx(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const void*, const void* const[], cudaDataType type, int, const void* const[], cudaDataType, int, const void*, void* const[], cudaDataType, int, int batch, cublasComputeType_t how, cublasGemmAlgo_t) { return product(type, how, m, n, k, batch); }
cublasStatus_t cublasSgemm_v2(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const float*, const float*, int, const float*, int, const float*, float*, int) { return product(CUDA_R_32F, CUBLAS_COMPUTE_32F, m, n, k, 1); }
cublasStatus_t cublasSgemmBatched(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const float*, const float* const[], int, const float* const[], int, const float*, float* const[], int, int batch) { return product(CUDA_R_32F, CUBLAS_COMPUTE_32F, m, n, k, batch); }
cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const float*, const float*, int, long long, const float*, int, long long, const float*, float*, int, long long, int batch) { return product(CUDA_R_32F, CUBLAS_COMPUTE_32F, m, n, k, batch); }
cublasStatus_t cublasDgemm_v2(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const double*, const double*, int, const double*, int, const double*, double*, int) { return product(CUDA_R_64F, CUBLAS_COMPUTE_64F, m, n, k, 1); }
cublasStatus_t cublasDgemmBatched(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const double*, const double* const[], int, const double* const[], int, const double*, double* const[], int, int batch) { return product(CUDA_R_64F, CUBLAS_COMPUTE_64F, m, n, k, batch); }
cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, const double*, const double*, int, long long, const double*, int, long long, const double*, double*, int, long long, int batch) { return product(CUDA_R_64F, CUBLAS_COMPUTE_64F, m, n, k, batch); }

#define COUNTED(name, ...) \
  cublasStatus_t name(__VA_ARGS__) { return launch(reinterpret_cast<const void*>(&name)); }
COUNTED(cublasScopy_v2, cublasHandle_t, int, const float*, int, float*, int)
COUNTED(cublasDcopy_v2, cublasHandle_t, int, const double*, int, double*, int)
COUNTED(cublasSscal_v2, cublasHandle_t, int, const float*, float*, int)
COUNTED(cublasSgeam, cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, const float*, const float*, int, const float*, const float*, int, float*, int)
COUNTED(cublasDgeam, cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, const double*, const double*, int, const double*, const double*, int, double*, int)
COUNTED(cublasSgetrfBatched, cublasHandle_t, int, float* const[], int, int*, int*, int)
COUNTED(cublasDgetrfBatched, cublasHandle_t, int, double* const[], int, int*, int*, int)
COUNTED(cublasSgetriBatched, cublasHandle_t, int, const float* const[], int, const int*, float* const[], int, int*, int)
COUNTED(cublasDgetriBatched, cublasHandle_t, int, const double* const[], int, const int*, double* const[], int, int*, int)

}  // extern "C"
