// libcublas: the products of the dense layers, as operations of a stream.
#include "arena.h"
#include "config.h"
#include "context.h"
#include "faults.h"
#include "gemm.h"
#include "operands.h"
#include "stats.h"
#include "stream.h"

#include <set>

using namespace standin;

namespace standin {

struct BlasHandle {
    Stream* stream = nullptr;
    bool deviceScalars = false;
    bool tf32 = false;
    void* workspace = nullptr; // null: the library's own, which a capture turns into allocation nodes
    u64 workspaceBytes = 0;
};

} // namespace standin

namespace {

// Status numbers of cublasStatus_t.
enum BlasStatus { BlasSuccess = 0, BlasNotInitialized = 1, BlasInvalidValue = 7, BlasExecutionFailed = 13 };

constexpr int blasVersion = 120400;

std::set<BlasHandle*>& blasHandles() {
    static auto& instance = *new std::set<BlasHandle*>();
    return instance;
}

bool isUsable(BlasHandle* handle) { return blasHandles().count(handle) != 0 && isStream(handle->stream) && enterToRelease() == Success; }

template <class T> class Product : public Operation {
public:
    Product(const GemmArguments<T>& arguments, const T* alpha, const T* beta, const BlasHandle& handle)
        : arguments_(arguments), alpha_(alpha), beta_(beta), deviceScalars_(handle.deviceScalars), workspace_(handle.workspace),
          workspaceBytes_(handle.workspaceBytes), range_(openRanges()) {
        if (deviceScalars_) return;
        arguments_.alpha = *alpha;
        arguments_.beta = *beta;
    }

    bool allocates() const override { return workspace_ == nullptr; }

    void run() const override {
        if (stickyError() != Success) return;
        const Operand workspace{name(), "work space", workspace_, static_cast<int>(workspaceBytes_), 1, 1, 1};
        if (workspace_ != nullptr && !workspace.live()) return;
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
    void* workspace_;
    u64 workspaceBytes_;
    std::string range_;
};

template <class T> int submitProduct(BlasHandle* handle, int transposeA, int transposeB, int m, int n, int k, const T* alpha,
                                     const T* a, int lda, const T* b, int ldb, const T* beta, T* c, int ldc) {
    std::lock_guard lock(apiMutex());
    if (!isUsable(handle)) return BlasNotInitialized;
    const bool sizes = m >= 0 && n >= 0 && k >= 0 && transposeA >= 0 && transposeA <= 2 && transposeB >= 0 && transposeB <= 2;
    const bool strides =
        lda >= std::max(1, transposeA ? k : m) && ldb >= std::max(1, transposeB ? n : k) && ldc >= std::max(1, m);
    if (!sizes || !strides || alpha == nullptr || beta == nullptr) return BlasInvalidValue;
    if (m == 0 || n == 0) return BlasSuccess;
    if (stickyError() != Success) return BlasExecutionFailed;
    const GemmArguments<T> arguments{transposeA != 0, transposeB != 0, m, n, k, T(0), T(0), a, lda, b, ldb, c, ldc, handle->tf32};
    const Result result =
        submit(resolve(handle->stream), std::make_shared<Product<T>>(arguments, alpha, beta, *handle));
    return result == Success ? BlasSuccess : BlasExecutionFailed;
}

} // namespace

int cublasCreate_v2(cublasHandle_t* handle) {
    std::lock_guard lock(apiMutex());
    if (enter() != Success) return BlasNotInitialized;
    if (forbidDuringCapture() != Success) return BlasExecutionFailed; // it allocates
    *handle = new BlasHandle();
    blasHandles().insert(*handle);
    return BlasSuccess;
}

int cublasDestroy_v2(cublasHandle_t handle) {
    std::lock_guard lock(apiMutex());
    if (blasHandles().erase(handle) == 0) return BlasNotInitialized;
    delete handle;
    return forbidDuringCapture() == Success ? BlasSuccess : BlasExecutionFailed; // it waits for the device
}

int cublasGetVersion_v2(cublasHandle_t, int* version) {
    *version = blasVersion;
    return BlasSuccess;
}

// A handle that gets another stream goes back to the library's own work space.
int cublasSetStream_v2(cublasHandle_t handle, CUstream stream) {
    std::lock_guard lock(apiMutex());
    if (blasHandles().count(handle) == 0) return BlasNotInitialized;
    if (!isStream(stream)) return BlasInvalidValue;
    handle->stream = stream;
    handle->workspace = nullptr;
    return BlasSuccess;
}

// The workspace is checked as a real one would be used, and not needed.
int cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes) {
    constexpr u64 alignment = 256;
    std::lock_guard lock(apiMutex());
    if (blasHandles().count(handle) == 0) return BlasNotInitialized;
    if (bytes > 0 && (!arena().holds(workspace, bytes) || arena().offset(workspace) % alignment != 0)) return BlasInvalidValue;
    handle->workspace = bytes == 0 ? nullptr : workspace;
    handle->workspaceBytes = bytes;
    return BlasSuccess;
}

int cublasSetMathMode(cublasHandle_t handle, int mode) {
    constexpr int tf32Math = 3;
    std::lock_guard lock(apiMutex());
    if (blasHandles().count(handle) == 0) return BlasNotInitialized;
    if (mode < 0 || mode > tf32Math) return BlasInvalidValue;
    handle->tf32 = mode == tf32Math;
    return BlasSuccess;
}

int cublasSetPointerMode_v2(cublasHandle_t handle, int mode) {
    std::lock_guard lock(apiMutex());
    if (blasHandles().count(handle) == 0) return BlasNotInitialized;
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
