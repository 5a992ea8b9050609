// libcublas: the products of the dense layers, as operations of a stream.
#include "arena.h"
#include "config.h"
#include "context.h"
#include "faults.h"
#include "gemm.h"
#include "report.h"
#include "shadow.h"
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
        if (deviceScalars_ && (!readable(alpha_, 1, 1, 1, "alpha") || !readable(beta_, 1, 1, 1, "beta"))) return;
        if (deviceScalars_) {
            g.alpha = *alpha_;
            g.beta = *beta_;
        }
        const bool multiplies = g.alpha != T(0) && g.k > 0;
        if (multiplies && !readable(g.a, g.transposeA ? g.k : g.m, g.transposeA ? g.m : g.k, g.lda, "A")) return;
        if (multiplies && !readable(g.b, g.transposeB ? g.n : g.k, g.transposeB ? g.k : g.n, g.ldb, "B")) return;
        if (g.beta != T(0) ? !readable(g.c, g.m, g.n, g.ldc, "C") : !live(g.c, g.m, g.n, g.ldc, "C")) return;
        if (!runGuarded([&] { gemm(g, config().workers); }, [this] { return std::string(name()); }))
            return setStickyError(IllegalAddress);
        for (int j = 0; j < g.n; ++j)
            shadow().markInitialised(g.c + static_cast<long>(j) * g.ldc, sizeof(T) * static_cast<u64>(g.m));
        ++stats().launches;
        recordLaunch(range_, name());
    }

private:
    static const char* name() { return sizeof(T) == 4 ? "cublasSgemm" : "cublasDgemm"; }

    // Whether the matrix (rows x columns, column by column) lies within one live buffer; reported if not.
    bool live(const T* x, int rows, int columns, int ld, const char* which) const {
        if (rows == 0 || columns == 0) return true;
        const u64 bytes = (static_cast<u64>(columns - 1) * static_cast<u64>(ld) + static_cast<u64>(rows)) * sizeof(T);
        if (arena().holds(x, bytes)) return true;
        report(format("OUT OF BOUNDS: %s: %s (%d x %d, leading dimension %d, %llu bytes) begins %s", name(), which, rows, columns,
                      ld, static_cast<unsigned long long>(bytes), arena().describe(x).c_str()));
        setStickyError(IllegalAddress);
        return false;
    }

    // The same, and that it was written in check mode.
    bool readable(const T* x, int rows, int columns, int ld, const char* which) const {
        if (!live(x, rows, columns, ld, which)) return false;
        for (int j = 0; j < columns && shadow().enabled(); ++j) {
            const T* column = x + static_cast<long>(j) * ld;
            const char* bad = shadow().firstUninitialised(column, sizeof(T) * static_cast<u64>(rows));
            if (bad == nullptr) continue;
            report(format("UNINITIALISED %s %s", name(), which),
                   format("UNINITIALISED: %s reads element (%d, %d) of %s %s", name(),
                          static_cast<int>((bad - reinterpret_cast<const char*>(column)) / static_cast<long>(sizeof(T))), j,
                          which, arena().describe(bad).c_str()));
            break;
        }
        return true;
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
