// Factors, solutions and eigenvalues against what defines them: products in extended precision.
#include "harness.h"

#include <cmath>
#include <cstring>

namespace selftest {

namespace {

using Values = std::vector<double>;

double uniform(unsigned& seed) {
    return static_cast<double>(static_cast<int>((seed = seed * 1664525 + 1013904223) >> 16) % 2001 - 1000) / 1000;
}

size_t at(int row, int column, int ld) { return static_cast<size_t>(column) * static_cast<size_t>(ld) + static_cast<size_t>(row); }

// A symmetric matrix of which only the asked triangle is there; the rest, and the rows from n to ld, are NaN. With `shift`
// n it is positive definite.
Values symmetric(int uplo, int n, int ld, double shift, unsigned seed) {
    Values a(static_cast<size_t>(ld) * static_cast<size_t>(n), std::nan(""));
    for (int j = 0; j < n; ++j)
        for (int i = 0; i <= j; ++i) a[uplo == 0 ? at(j, i, ld) : at(i, j, ld)] = uniform(seed) + (i == j ? shift : 0);
    return a;
}

double entry(const Values& a, int uplo, int ld, int i, int j) {
    return (uplo == 0) == (i >= j) ? a[at(i, j, ld)] : a[at(j, i, ld)];
}

// The largest element of A X - B, columns of X with leading dimension ldx; B by a function of (row, column).
template <class F> double residual(const Values& a, int uplo, int n, int lda, const Values& x, int ldx, int columns, F expected) {
    double worst = 0;
    for (int j = 0; j < columns; ++j)
        for (int i = 0; i < n; ++i) {
            long double sum = 0;
            for (int k = 0; k < n; ++k) sum += static_cast<long double>(entry(a, uplo, lda, i, k)) * x[at(k, j, ldx)];
            const double error = static_cast<double>(std::fabs(sum - static_cast<long double>(expected(i, j))));
            worst = std::isfinite(error) ? std::fmax(worst, error) : 1e30;
        }
    return worst;
}

// Whether all that a call must not touch has kept its bits.
bool keptOutside(const Values& before, const Values& after, int uplo, int n, int ld) {
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < ld; ++i) {
            const bool inside = i < n && (uplo == 0 ? i >= j : i <= j);
            if (!inside && std::memcmp(&before[at(i, j, ld)], &after[at(i, j, ld)], sizeof(double)) != 0) return false;
        }
    return true;
}

int factor(cusolverDnHandle_t solver, int uplo, int n, const DeviceArray& a, int lda, const DeviceArray& info) {
    int length = 0;
    CHECK(cusolverDnDpotrf_bufferSize(solver, uplo, n, a.pointer<double*>(), lda, &length));
    DeviceArray workspace(static_cast<size_t>(length) * sizeof(double));
    CHECK(cusolverDnDpotrf(solver, uplo, n, a.pointer<double*>(), lda, workspace.pointer<double*>(), length, info.pointer<int*>()));
    return info.read<int>()[0]; // the workspace must live until here
}

void systems(cusolverDnHandle_t solver, const std::string& settings, int uplo) {
    double worst = 0;
    bool outside = true;
    for (const int n : {1, 2, 7, 33, 120}) {
        const int lda = n + 3, ldb = n + 1, columns = 3;
        const Values a = symmetric(uplo, n, lda, n, 11);
        Values b(static_cast<size_t>(ldb) * columns);
        unsigned seed = 5;
        for (double& v : b) v = uniform(seed);
        DeviceArray da(a), db(b), info(sizeof(int));
        worst = std::fmax(worst, factor(solver, uplo, n, da, lda, info) == 0 ? 0 : 1e30);
        outside &= keptOutside(a, da.read<double>(), uplo, n, lda);
        CHECK(cusolverDnDpotrs(solver, uplo, n, columns, da.pointer<double*>(), lda, db.pointer<double*>(), ldb, info.pointer<int*>()));
        const Values x = db.read<double>();
        worst = std::fmax(worst, residual(a, uplo, n, lda, x, ldb, columns, [&](int i, int j) { return b[at(i, j, ldb)]; }));
    }
    char text[64];
    std::snprintf(text, sizeof text, "residual %.1e", worst);
    const std::string name = settings + (uplo == 0 ? " lower" : " upper");
    result(name + " Cholesky solves", worst < 1e-14, text);
    result(name + " Cholesky touches its triangle alone", outside);
}

void indefinite(cusolverDnHandle_t solver, const std::string& settings) {
    for (const int uplo : {0, 1}) {
        Values a = symmetric(uplo, 20, 20, 20, 3);
        a[at(12, 12, 20)] = -1;
        DeviceArray da(a), info(sizeof(int));
        result(settings + " the first minor that is not positive is told", factor(solver, uplo, 20, da, 20, info) == 13);
    }
}

int decompose(cusolverDnHandle_t solver, int vectors, int uplo, int n, const DeviceArray& a, int lda, const DeviceArray& values) {
    int length = 0;
    DeviceArray info(sizeof(int));
    CHECK(cusolverDnDsyevd_bufferSize(solver, vectors, uplo, n, a.pointer<double*>(), lda, values.pointer<double*>(), &length));
    DeviceArray workspace(static_cast<size_t>(length) * sizeof(double));
    CHECK(cusolverDnDsyevd(solver, vectors, uplo, n, a.pointer<double*>(), lda, values.pointer<double*>(),
                           workspace.pointer<double*>(), length, info.pointer<int*>()));
    return info.read<int>()[0];
}

// A Q = Q diag(values), Q^T Q = I, values ascend and are the same without vectors; relative to the largest value.
double eigenError(cusolverDnHandle_t solver, int uplo, int n, const Values& a, int lda) {
    DeviceArray da(a), again(a), dw(sizeof(double) * static_cast<size_t>(n)), dv(sizeof(double) * static_cast<size_t>(n));
    if (decompose(solver, 1, uplo, n, da, lda, dw) != 0 || decompose(solver, 0, uplo, n, again, lda, dv) != 0) return 1e30;
    const Values q = da.read<double>(), w = dw.read<double>(), alone = dv.read<double>();
    const double scale = std::fmax(std::fabs(w.front()), std::fabs(w.back()));
    double worst = residual(a, uplo, n, lda, q, lda, n, [&](int i, int j) {
        return w[static_cast<size_t>(j)] * q[at(i, j, lda)];
    }) / (scale == 0 ? 1 : scale);
    for (int j = 0; j < n; ++j) {
        if (j > 0 && w[static_cast<size_t>(j)] < w[static_cast<size_t>(j - 1)]) return 1e30;
        worst = std::fmax(worst, std::fabs(w[static_cast<size_t>(j)] - alone[static_cast<size_t>(j)]) / (scale == 0 ? 1 : scale));
        for (int k = 0; k <= j; ++k) {
            long double sum = j == k ? -1 : 0;
            for (int i = 0; i < n; ++i) sum += static_cast<long double>(q[at(i, j, lda)]) * q[at(i, k, lda)];
            worst = std::fmax(worst, static_cast<double>(std::fabs(sum)));
        }
    }
    return worst;
}

// b b^T: eigenvalue b.b once, the others 0.
Values rankOne(int uplo, int n, int lda) {
    Values a(static_cast<size_t>(lda) * static_cast<size_t>(n), std::nan(""));
    for (int j = 0; j < n; ++j)
        for (int i = 0; i <= j; ++i) a[uplo == 0 ? at(j, i, lda) : at(i, j, lda)] = (i + 1) * (j + 1);
    return a;
}

void eigenproblems(cusolverDnHandle_t solver, const std::string& settings) {
    for (const int uplo : {0, 1}) {
        double worst = 0;
        for (const int n : {1, 2, 3, 17, 64, 120})
            worst = std::fmax(worst, eigenError(solver, uplo, n, symmetric(uplo, n, n + 2, 0, 7), n + 2));
        for (const double scale : {0.0, 1e-200, 1e200}) {
            Values scaled = symmetric(uplo, 40, 40, 0, 9);
            for (double& v : scaled) v *= scale;
            worst = std::fmax(worst, eigenError(solver, uplo, 40, scaled, 40));
        }
        worst = std::fmax(worst, eigenError(solver, uplo, 50, rankOne(uplo, 50, 51), 51));
        char text[64];
        std::snprintf(text, sizeof text, "error %.1e", worst);
        result(settings + (uplo == 0 ? " lower" : " upper") + " eigenvalues and vectors", worst < 1e-13, text);
    }
}

void misuse(cusolverDnHandle_t solver) {
    DeviceArray a(ramp(32)), work(1 << 12), info(sizeof(int)), empty(16 * sizeof(double));
    const auto call = [&](int lda, int length, const DeviceArray& matrix, int* status) {
        return cusolverDnDpotrf(solver, 0, 4, matrix.pointer<double*>(), lda, work.pointer<double*>(), length, status);
    };
    result("a factorisation with too little work space is refused", call(4, 4, a, info.pointer<int*>()) == 3);
    result("a leading dimension below n is refused", call(3, 512, a, info.pointer<int*>()) == 3);
    result("a factorisation without devInfo is refused", call(4, 512, a, nullptr) == 3);
    call(100, 512, a, info.pointer<int*>());
    cuStreamSynchronize(stream);
    result("a factorisation outside a buffer is caught", findings().find("OUT OF BOUNDS: cusolverDnDpotrf: A") != std::string::npos);
    standinClearError();
    call(4, 512, empty, info.pointer<int*>());
    cuStreamSynchronize(stream);
    const std::string report = findings();
    result("a factorisation reads uninitialised memory",
           report.find("UNINITIALISED: cusolverDnDpotrf reads element (0, 0) of A") != std::string::npos, report);
    standinClearError();
}

void inCapture(cusolverDnHandle_t solver) {
    DeviceArray a(symmetric(0, 4, 4, 4, 1)), work(1 << 12), info(sizeof(int));
    CUgraph graph;
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    const int code =
        cusolverDnDpotrf(solver, 0, 4, a.pointer<double*>(), 4, work.pointer<double*>(), 512, info.pointer<int*>());
    const int ended = cuStreamEndCapture(stream, &graph);
    result("a factorisation in a capture is refused and breaks it", code == 6 && ended == CaptureInvalidated);
}

} // namespace

void solverCases() {
    for (const char* settings : {"mode=plain;lazy=0", "mode=check;lazy=1"}) {
        configure(settings);
        cusolverDnHandle_t solver;
        CHECK(cusolverDnCreate(&solver));
        CHECK(cusolverDnSetStream(solver, stream));
        CHECK(cusolverDnSetDeterministicMode(solver, 1));
        for (const int uplo : {0, 1}) systems(solver, settings, uplo);
        indefinite(solver, settings);
        eigenproblems(solver, settings);
        inCapture(solver);
        const std::string report = findings();
        result(std::string(settings) + " factors leave no findings", report.empty(), report);
        if (std::strstr(settings, "check") != nullptr) misuse(solver);
        CHECK(cusolverDnDestroy(solver));
    }
    configure("mode=plain;lazy=0");
}

} // namespace selftest
