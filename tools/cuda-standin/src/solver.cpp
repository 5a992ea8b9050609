// libcusolver: Cholesky factors and eigenvalues of symmetric matrices, as operations of a stream.
#include "arena.h"
#include "context.h"
#include "dense.h"
#include "faults.h"
#include "operands.h"
#include "stats.h"
#include "stream.h"

#include <algorithm>
#include <cstring>
#include <set>

using namespace standin;

namespace standin {

struct SolverHandle {
    Stream* stream = nullptr;
};

} // namespace standin

namespace {

// Status numbers of cusolverStatus_t.
enum SolverStatus { SolverSuccess = 0, SolverNotInitialized = 1, SolverInvalidValue = 3, SolverExecutionFailed = 6 };

std::set<SolverHandle*>& solverHandles() {
    static auto& instance = *new std::set<SolverHandle*>();
    return instance;
}

// A symmetric matrix of which one triangle counts (cublasFillMode_t: 0 lower, 1 upper).
struct Symmetric {
    int uplo, n, lda;
    double* a;

    Operand triangle(const char* call) const {
        return {call, "A", a, n, n, lda, sizeof(double), uplo == 0 ? Part::Lower : Part::Upper};
    }
    double& element(int row, int column) const { // of the upper triangle, wherever it lies
        return uplo == 0 ? a[static_cast<long>(row) * lda + column] : a[static_cast<long>(column) * lda + row];
    }

    // The whole matrix without gaps, or its upper triangle alone.
    std::vector<double> load(bool whole) const {
        std::vector<double> full(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
        for (int j = 0; j < n; ++j)
            for (int i = 0; i <= j; ++i) {
                full[at(i, j)] = element(i, j);
                if (whole) full[at(j, i)] = element(i, j);
            }
        return full;
    }
    std::size_t at(int row, int column) const {
        return static_cast<std::size_t>(column) * static_cast<std::size_t>(n) + static_cast<std::size_t>(row);
    }
};

// A call of the library: its operands are checked when it runs, and the status it writes on the device is there.
class SolverCall : public Operation {
public:
    SolverCall(const char* name, const Symmetric& matrix, int* info)
        : name_(name), matrix_(matrix), info_(info), range_(openRanges()) {}

    void run() const override {
        if (stickyError() != Success) return;
        const Operand info = vectorOf("devInfo", info_, 1, sizeof(int));
        if (!matrix_.triangle(name_).readable() || !info.live() || !othersAreUsable()) return;
        if (!runGuarded([this] { *info_ = compute(); }, [this] { return std::string(name_); }))
            return setStickyError(IllegalAddress);
        info.markInitialised();
        markResults();
        ++stats().launches;
        recordLaunch(range_, name_);
    }

protected:
    virtual bool othersAreUsable() const = 0;
    virtual int compute() const = 0; // what devInfo gets
    virtual void markResults() const = 0;

    Operand vectorOf(const char* which, const void* data, int length, u32 elementBytes = sizeof(double)) const {
        return {name_, which, data, length, 1, std::max(length, 1), elementBytes};
    }

    const char* name_;
    Symmetric matrix_;

private:
    int* info_;
    std::string range_;
};

// A real library leaves its own numbers there.
void spoil(double* workspace, int length) { std::memset(workspace, 0xFF, sizeof(double) * static_cast<std::size_t>(length)); }

class Factorisation : public SolverCall {
public:
    Factorisation(const Symmetric& matrix, double* workspace, int length, int* info)
        : SolverCall("cusolverDnDpotrf", matrix, info), workspace_(workspace), length_(length) {}

protected:
    bool othersAreUsable() const override { return vectorOf("Workspace", workspace_, length_).live(); }
    int compute() const override {
        auto u = matrix_.load(false);
        const int minor = cholesky(matrix_.n, u.data());
        spoil(workspace_, length_);
        for (int j = 0; j < matrix_.n; ++j)
            for (int i = 0; i <= j; ++i) matrix_.element(i, j) = u[matrix_.at(i, j)];
        return minor;
    }
    void markResults() const override {}

private:
    double* workspace_;
    int length_;
};

class FactorSolve : public SolverCall {
public:
    FactorSolve(const Symmetric& matrix, int count, double* b, int ldb, int* info)
        : SolverCall("cusolverDnDpotrs", matrix, info), count_(count), ldb_(ldb), b_(b) {}

protected:
    bool othersAreUsable() const override {
        return Operand{name_, "B", b_, matrix_.n, count_, ldb_, sizeof(double)}.readable();
    }
    int compute() const override {
        const auto u = matrix_.load(false);
        for (int j = 0; j < count_; ++j) solveCholesky(matrix_.n, u.data(), b_ + static_cast<long>(j) * ldb_);
        return 0;
    }
    void markResults() const override {}

private:
    int count_, ldb_;
    double* b_;
};

class Eigenproblem : public SolverCall {
public:
    Eigenproblem(const Symmetric& matrix, bool vectors, double* values, double* workspace, int length, int* info)
        : SolverCall("cusolverDnDsyevd", matrix, info), vectors_(vectors), values_(values), workspace_(workspace), length_(length) {}

protected:
    bool othersAreUsable() const override {
        return whole().live() && vectorOf("W", values_, matrix_.n).live() && vectorOf("work", workspace_, length_).live();
    }
    int compute() const override {
        auto full = matrix_.load(true);
        const int failed = eigenvalues(matrix_.n, full.data(), values_, vectors_);
        spoil(workspace_, length_);
        for (int j = 0; j < matrix_.n; ++j) // without vectors the matrix is as good as destroyed
            for (int i = 0; i < matrix_.n; ++i) matrix_.a[static_cast<long>(j) * matrix_.lda + i] = full[matrix_.at(i, j)];
        return failed;
    }
    void markResults() const override {
        whole().markInitialised();
        vectorOf("W", values_, matrix_.n).markInitialised();
    }

private:
    Operand whole() const { return {name_, "A", matrix_.a, matrix_.n, matrix_.n, matrix_.lda, sizeof(double)}; }

    bool vectors_;
    double *values_, *workspace_;
    int length_;
};

int workspaceOf(const Symmetric& matrix) { return 32 * std::max(1, matrix.n); }

// What all calls check before they look at operands of their own.
int checkCall(SolverHandle* handle, const Symmetric& matrix) {
    if (solverHandles().count(handle) == 0 || !isStream(handle->stream) || enterToRelease() != Success) return SolverNotInitialized;
    const bool sizes = matrix.n >= 0 && matrix.lda >= std::max(1, matrix.n);
    if (!sizes || matrix.uplo < 0 || matrix.uplo > 1) return SolverInvalidValue;
    return stickyError() == Success ? SolverSuccess : SolverExecutionFailed;
}

// The library is not documented to be capturable: it may wait for the stream.
int submitCall(const SolverHandle* handle, OperationPtr call) {
    Stream* stream = resolve(handle->stream);
    if (forbidWaitDuringCapture(stream) != Success) return SolverExecutionFailed;
    return submit(stream, std::move(call)) == Success ? SolverSuccess : SolverExecutionFailed;
}

int giveWorkspace(SolverHandle* handle, const Symmetric& matrix, int* length) {
    std::lock_guard lock(apiMutex());
    const int status = checkCall(handle, matrix);
    if (status == SolverSuccess) *length = workspaceOf(matrix);
    return status;
}

} // namespace

int cusolverDnCreate(cusolverDnHandle_t* handle) {
    std::lock_guard lock(apiMutex());
    if (enter() != Success) return SolverNotInitialized;
    if (forbidDuringCapture() != Success) return SolverExecutionFailed; // it allocates
    *handle = new SolverHandle();
    solverHandles().insert(*handle);
    return SolverSuccess;
}

int cusolverDnDestroy(cusolverDnHandle_t handle) {
    std::lock_guard lock(apiMutex());
    if (solverHandles().erase(handle) == 0) return SolverNotInitialized;
    delete handle;
    return forbidDuringCapture() == Success ? SolverSuccess : SolverExecutionFailed; // it waits for the device
}

int cusolverDnSetStream(cusolverDnHandle_t handle, CUstream stream) {
    std::lock_guard lock(apiMutex());
    if (solverHandles().count(handle) == 0) return SolverNotInitialized;
    if (!isStream(stream)) return SolverInvalidValue;
    handle->stream = stream;
    return SolverSuccess;
}

// 1: the same bits every time, as here always; 2: faster.
int cusolverDnSetDeterministicMode(cusolverDnHandle_t handle, int mode) {
    std::lock_guard lock(apiMutex());
    if (solverHandles().count(handle) == 0) return SolverNotInitialized;
    return mode == 1 || mode == 2 ? SolverSuccess : SolverInvalidValue;
}

int cusolverDnDpotrf_bufferSize(cusolverDnHandle_t handle, int uplo, int n, double* a, int lda, int* length) {
    return giveWorkspace(handle, {uplo, n, lda, a}, length);
}

int cusolverDnDpotrf(cusolverDnHandle_t handle, int uplo, int n, double* a, int lda, double* workspace, int length, int* info) {
    std::lock_guard lock(apiMutex());
    const Symmetric matrix{uplo, n, lda, a};
    if (const int status = checkCall(handle, matrix); status != SolverSuccess) return status;
    if (length < workspaceOf(matrix) || workspace == nullptr || info == nullptr) return SolverInvalidValue;
    return submitCall(handle, std::make_shared<Factorisation>(matrix, workspace, length, info));
}

int cusolverDnDpotrs(cusolverDnHandle_t handle, int uplo, int n, int count, const double* a, int lda, double* b, int ldb, int* info) {
    std::lock_guard lock(apiMutex());
    const Symmetric matrix{uplo, n, lda, const_cast<double*>(a)};
    if (const int status = checkCall(handle, matrix); status != SolverSuccess) return status;
    if (count < 0 || ldb < std::max(1, n) || info == nullptr) return SolverInvalidValue;
    return submitCall(handle, std::make_shared<FactorSolve>(matrix, count, b, ldb, info));
}

int cusolverDnDsyevd_bufferSize(cusolverDnHandle_t handle, int vectors, int uplo, int n, const double* a, int lda, const double*,
                                int* length) {
    if (vectors < 0 || vectors > 1) return SolverInvalidValue;
    return giveWorkspace(handle, {uplo, n, lda, const_cast<double*>(a)}, length);
}

int cusolverDnDsyevd(cusolverDnHandle_t handle, int vectors, int uplo, int n, double* a, int lda, double* values, double* workspace,
                     int length, int* info) {
    std::lock_guard lock(apiMutex());
    const Symmetric matrix{uplo, n, lda, a};
    if (const int status = checkCall(handle, matrix); status != SolverSuccess) return status;
    const bool pointers = values != nullptr && workspace != nullptr && info != nullptr;
    if (vectors < 0 || vectors > 1 || length < workspaceOf(matrix) || !pointers) return SolverInvalidValue;
    return submitCall(handle, std::make_shared<Eigenproblem>(matrix, vectors == 1, values, workspace, length, info));
}
