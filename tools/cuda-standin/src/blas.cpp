// libcublas: the products of the dense layers, as operations of a stream.
#include "arena.h"
#include "config.h"
#include "context.h"
#include "faults.h"
#include "gemm.h"
#include "operands.h"
#include "stats.h"
#include "stream.h"

using namespace standin;

namespace standin {

struct BlasHandle {
    Stream* stream = nullptr;
    bool deviceScalars = false;
};

} // namespace standin

namespace {

// Status numbers of cublasStatus_t.
enum BlasStatus { BlasSuccess = 0, BlasNotInitialized = 1, BlasInvalidValue = 7, BlasExecutionFailed = 13 };

constexpr int blasVersion = 120400;

template <class T> class Product : public Operation {
public:
    Product(const GemmArguments<T>& arguments, const T* alpha, const T* beta, bool deviceScalars)
        : arguments_(arguments), alpha_(alpha), beta_(beta), deviceScalars_(deviceScalars), range_(openRanges()) {
        if (deviceScalars_) return;
        arguments_.alpha = *alpha;
        arguments_.beta = *beta;
    }

    void run() const override {
        if (stickyError() != Success) return;
        GemmArguments<T> g = arguments_;
        if (deviceScalars_ && (!operand("alpha", alpha_, 1, 1, 1).readable() || !operand("beta", beta_, 1, 1, 1).readable()))
            return;
        if (deviceScalars_) {
            g.alpha = *alpha_;
            g.beta = *beta_;
        }
        const bool multiplies = g.alpha != T(0) && g.k > 0;
        const Operand a = operand("A", g.a, g.transposeA ? g.k : g.m, g.transposeA ? g.m : g.k, g.lda);
        const Operand b = operand("B", g.b, g.transposeB ? g.n : g.k, g.transposeB ? g.k : g.n, g.ldb);
        const Operand c = operand("C", g.c, g.m, g.n, g.ldc);
        if (multiplies && (!a.readable() || !b.readable())) return;
        if (g.beta != T(0) ? !c.readable() : !c.live()) return;
        if (!runGuarded([&] { gemm(g, config().workers); }, [] { return std::string(name()); }))
            return setStickyError(IllegalAddress);
        c.markInitialised();
        ++stats().launches;
        recordLaunch(range_, name());
    }

private:
    static const char* name() { return sizeof(T) == 4 ? "cublasSgemm" : "cublasDgemm"; }

    static Operand operand(const char* which, const T* x, int rows, int columns, int leading) {
        return {name(), which, x, rows, columns, leading, sizeof(T)};
    }

    GemmArguments<T> arguments_;
    const T *alpha_, *beta_;
    bool deviceScalars_;
    std::string range_;
};

template <class T> int submitProduct(BlasHandle* handle, int transposeA, int transposeB, int m, int n, int k, const T* alpha,
                                     const T* a, int lda, const T* b, int ldb, const T* beta, T* c, int ldc) {
    std::lock_guard lock(apiMutex());
    if (handle == nullptr || !isStream(handle->stream)) return BlasNotInitialized;
    const bool sizes = m >= 0 && n >= 0 && k >= 0 && transposeA >= 0 && transposeA <= 2 && transposeB >= 0 && transposeB <= 2;
    const bool strides =
        lda >= std::max(1, transposeA ? k : m) && ldb >= std::max(1, transposeB ? n : k) && ldc >= std::max(1, m);
    if (!sizes || !strides || alpha == nullptr || beta == nullptr) return BlasInvalidValue;
    if (m == 0 || n == 0) return BlasSuccess;
    if (stickyError() != Success) return BlasExecutionFailed;
    const GemmArguments<T> arguments{transposeA != 0, transposeB != 0, m, n, k, T(0), T(0), a, lda, b, ldb, c, ldc};
    const Result result =
        submit(resolve(handle->stream), std::make_shared<Product<T>>(arguments, alpha, beta, handle->deviceScalars));
    return result == Success ? BlasSuccess : BlasExecutionFailed;
}

} // namespace

int cublasCreate_v2(cublasHandle_t* handle) {
    std::lock_guard lock(apiMutex());
    if (!initialised()) return BlasNotInitialized;
    *handle = new BlasHandle();
    return BlasSuccess;
}

int cublasDestroy_v2(cublasHandle_t handle) {
    delete handle;
    return BlasSuccess;
}

int cublasGetVersion_v2(cublasHandle_t, int* version) {
    *version = blasVersion;
    return BlasSuccess;
}

int cublasSetStream_v2(cublasHandle_t handle, CUstream stream) {
    std::lock_guard lock(apiMutex());
    if (!isStream(stream)) return BlasInvalidValue;
    handle->stream = stream;
    return BlasSuccess;
}

// The workspace is checked as a real one would be used, and not needed.
int cublasSetWorkspace_v2(cublasHandle_t, void* workspace, size_t bytes) {
    std::lock_guard lock(apiMutex());
    return bytes == 0 || arena().holds(workspace, bytes) ? BlasSuccess : BlasInvalidValue;
}

int cublasSetMathMode(cublasHandle_t, int mode) { return mode >= 0 && mode <= 3 ? BlasSuccess : BlasInvalidValue; }

int cublasSetPointerMode_v2(cublasHandle_t handle, int mode) {
    if (mode != 0 && mode != 1) return BlasInvalidValue;
    handle->deviceScalars = mode == 1;
    return BlasSuccess;
}

int cublasSgemm_v2(cublasHandle_t handle, int transposeA, int transposeB, int m, int n, int k, const float* alpha, const float* a,
                   int lda, const float* b, int ldb, const float* beta, float* c, int ldc) {
    return submitProduct(handle, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

int cublasDgemm_v2(cublasHandle_t handle, int transposeA, int transposeB, int m, int n, int k, const double* alpha,
                   const double* a, int lda, const double* b, int ldb, const double* beta, double* c, int ldc) {
    return submitProduct(handle, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

const char* cublasGetStatusString(int status) {
    switch (status) {
        case BlasSuccess: return "CUBLAS_STATUS_SUCCESS";
        case BlasNotInitialized: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case BlasInvalidValue: return "CUBLAS_STATUS_INVALID_VALUE";
        case BlasExecutionFailed: return "CUBLAS_STATUS_EXECUTION_FAILED";
        default: return "unknown cuBLAS status";
    }
}
