// Products against a double loop in extended precision, for all transposes, scalars and odd sizes.
#include "harness.h"

#include <chrono>
#include <cmath>
#include <cstring>

namespace selftest {

namespace {

int product(cublasHandle_t h, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
            int ldb, const float* beta, float* c, int ldc) {
    return cublasSgemm_v2(h, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
int product(cublasHandle_t h, int ta, int tb, int m, int n, int k, const double* alpha, const double* a, int lda, const double* b,
            int ldb, const double* beta, double* c, int ldc) {
    return cublasDgemm_v2(h, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

template <class T> std::vector<T> noise(size_t count, unsigned seed) {
    std::vector<T> values(count);
    for (auto& v : values)
        v = static_cast<T>(static_cast<int>((seed = seed * 1664525 + 1013904223) >> 16) % 2001 - 1000) / T(1000);
    return values;
}

struct Size {
    int m, n, k;
};

// The largest error relative to what rounding of a sum of k terms explains.
template <class T> double worstError(cublasHandle_t blas, Size s, int ta, int tb, T alpha, T beta) {
    const int lda = (ta ? s.k : s.m) + 3, ldb = (tb ? s.n : s.k) + 1, ldc = s.m + 2;
    const auto a = noise<T>(static_cast<size_t>(lda) * static_cast<size_t>(ta ? s.m : s.k), 1);
    const auto b = noise<T>(static_cast<size_t>(ldb) * static_cast<size_t>(tb ? s.k : s.n), 2);
    auto c = noise<T>(static_cast<size_t>(ldc) * static_cast<size_t>(s.n), 3);
    if (beta == T(0)) c.assign(c.size(), std::nan("")); // must not be read
    DeviceArray da(a), db(b), dc(c);
    const int code =
        product(blas, ta, tb, s.m, s.n, s.k, &alpha, da.pointer<T*>(), lda, db.pointer<T*>(), ldb, &beta, dc.pointer<T*>(), ldc);
    if (code != 0) return 1e30;
    const auto out = dc.read<T>();
    double worst = 0;
    for (int j = 0; j < s.n; ++j)
        for (int i = 0; i < s.m; ++i) {
            long double sum = 0;
            for (int l = 0; l < s.k; ++l)
                sum += static_cast<long double>(a[static_cast<size_t>(ta ? i * lda + l : l * lda + i)])
                     * static_cast<long double>(b[static_cast<size_t>(tb ? l * ldb + j : j * ldb + l)]);
            const size_t at = static_cast<size_t>(j * ldc + i);
            const long double expected = alpha * sum + (beta == T(0) ? 0 : static_cast<long double>(beta) * c[at]);
            const double error = static_cast<double>(std::fabs(expected - static_cast<long double>(out[at])));
            worst = std::fmax(worst, std::isfinite(error) ? error / std::sqrt(s.k + 1.0) : 1e30);
        }
    for (int j = 0; j < s.n; ++j) // the rows between m and ldc stay
        for (int i = s.m; i < ldc; ++i) {
            const size_t at = static_cast<size_t>(j * ldc + i);
            if (std::memcmp(&out[at], &c[at], sizeof(T)) != 0) return 1e30;
        }
    return worst;
}

template <class T> void againstLoops(cublasHandle_t blas, const std::string& settings, const char* name, double tolerance) {
    const Size sizes[] = {{1, 1, 1}, {16, 6, 8}, {17, 7, 9}, {100, 50, 300}, {130, 1, 520}, {3, 40, 257}, {51, 16, 1024}};
    for (const int ta : {0, 1})
        for (const int tb : {0, 1}) {
            double worst = 0;
            for (const Size& s : sizes)
                for (const auto& [alpha, beta] : {std::pair<T, T>{1, 0}, {1, 1}, {T(-0.5), T(0.25)}, {0, 2}})
                    worst = std::fmax(worst, worstError<T>(blas, s, ta, tb, alpha, beta));
            char text[64];
            std::snprintf(text, sizeof text, "error %.1e", worst);
            result(settings + " " + name + (ta ? " T" : " N") + (tb ? "T" : "N"), worst < tolerance, text);
        }
}

void deviceScalars(cublasHandle_t blas) {
    DeviceArray scalars(std::vector<float>{2, 10}), a(std::vector<float>{3}), b(std::vector<float>{5}), c(std::vector<float>{7});
    CHECK(cublasSetPointerMode_v2(blas, 1));
    CHECK(cublasSgemm_v2(blas, 0, 0, 1, 1, 1, scalars.pointer<float*>(), a.pointer<float*>(), 1, b.pointer<float*>(), 1,
                         scalars.pointer<float*>() + 1, c.pointer<float*>(), 1));
    CHECK(cublasSetPointerMode_v2(blas, 0));
    result("scalars in device memory", c.read<float>()[0] == 100);
}

// 1 + 2^-11 is half way between two numbers with 10 bits of mantissa, 1 + 2^-12 nearer to 1.
template <class T> T squared(cublasHandle_t blas, T x) {
    const T one = 1, zero = 0;
    DeviceArray a(std::vector<T>{x}), c(std::vector<T>{0});
    CHECK(product(blas, 0, 0, 1, 1, 1, &one, a.pointer<T*>(), 1, a.pointer<T*>(), 1, &zero, c.pointer<T*>(), 1));
    return c.template read<T>()[0];
}

void mathMode(cublasHandle_t blas) {
    const float half = 1 + 1 / 2048.0f, quarter = 1 + 1 / 4096.0f, up = 1 + 1 / 1024.0f;
    result("float32 factors are not rounded", squared(blas, quarter) == quarter * quarter);
    CHECK(cublasSetMathMode(blas, 3));
    result("TF32 rounds float32 factors", squared(blas, quarter) == 1 && squared(blas, half) == up * up);
    result("TF32 leaves float64 alone", squared(blas, double(quarter)) == double(quarter) * double(quarter));
    CHECK(cublasSetMathMode(blas, 0));
    result("the default mode comes back", squared(blas, quarter) == quarter * quarter);
    result("an unknown mode is refused", cublasSetMathMode(blas, 4) == 7);
}

void misuse(cublasHandle_t blas) {
    float one = 1, zero = 0;
    DeviceArray a(ramp(12)), b(ramp(12)), c(4 * 4);
    result(
        "a leading dimension that is too small is refused",
        cublasSgemm_v2(blas, 0, 0, 4, 3, 3, &one, a.pointer<float*>(), 3, b.pointer<float*>(), 3, &zero, c.pointer<float*>(), 4)
            == 7);
    cublasSgemm_v2(blas, 0, 0, 4, 3, 3, &one, a.pointer<float*>(), 4, b.pointer<float*>(), 4, &zero, c.pointer<float*>(), 4);
    cuStreamSynchronize(stream);
    result("a product outside a buffer is caught", findings().find("OUT OF BOUNDS: cublasSgemm: C") != std::string::npos);
    standinClearError();
    cublasSgemm_v2(blas, 0, 0, 2, 2, 2, &one, a.pointer<float*>(), 2, b.pointer<float*>(), 2, &one, c.pointer<float*>(), 2);
    cuStreamSynchronize(stream);
    const std::string report = findings();
    result("a product reads uninitialised memory",
           report.find("UNINITIALISED: cublasSgemm reads element (0, 0) of C") != std::string::npos, report);
    standinClearError();
}

// The bits must not depend on the number of workers.
void repeatable(cublasHandle_t blas) {
    const Size s{1000, 30, 700};
    const auto a = noise<float>(static_cast<size_t>(s.m) * s.k, 4), b = noise<float>(static_cast<size_t>(s.n) * s.k, 5);
    DeviceArray da(a), db(b), dc(static_cast<size_t>(s.m) * s.n * 4);
    std::vector<float> first;
    bool same = true;
    float one = 1, zero = 0;
    for (const char* workers : {"workers=1", "workers=2", "workers=3"}) {
        CHECK(standinConfigure(workers));
        CHECK(cublasSgemm_v2(blas, 0, 0, s.m, s.n, s.k, &one, da.pointer<float*>(), s.m, db.pointer<float*>(), s.k, &zero,
                             dc.pointer<float*>(), s.m));
        const auto out = dc.read<float>();
        if (first.empty()) first = out;
        same &= std::memcmp(first.data(), out.data(), out.size() * 4) == 0;
    }
    result("products have the same bits for any number of workers", same);
}

void speed(cublasHandle_t blas) {
    const Size s{1024, 128, 1024};
    const auto a = noise<float>(static_cast<size_t>(s.m) * s.k, 4), b = noise<float>(static_cast<size_t>(s.n) * s.k, 5);
    DeviceArray da(a), db(b), dc(static_cast<size_t>(s.m) * s.n * 4);
    float one = 1, zero = 0;
    double best = 1e30;
    for (int round = 0; round < 5; ++round) {
        const auto start = std::chrono::steady_clock::now();
        CHECK(cublasSgemm_v2(blas, 1, 0, s.m, s.n, s.k, &one, da.pointer<float*>(), s.k, db.pointer<float*>(), s.k, &zero,
                             dc.pointer<float*>(), s.m));
        CHECK(cuStreamSynchronize(stream));
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    char text[80];
    std::snprintf(text, sizeof text, "%.1f ms, %.1f GFLOP/s", best * 1e3, 2.0 * s.m * s.n * s.k / best * 1e-9);
    result("cublasSgemm 1024 x 128 x 1024", true, text);
}

} // namespace

void blasCases() {
    for (const char* settings : {"mode=plain;workers=2;lazy=0", "mode=check;lazy=1"}) {
        configure(settings);
        cublasHandle_t blas;
        CHECK(cublasCreate_v2(&blas));
        CHECK(cublasSetStream_v2(blas, stream));
        CHECK(cublasSetMathMode(blas, 0));
        DeviceArray workspace(1 << 20);
        CHECK(cublasSetWorkspace_v2(blas, workspace.pointer<void*>(), 1 << 20));
        againstLoops<float>(blas, settings, "cublasSgemm", 1e-6);
        againstLoops<double>(blas, settings, "cublasDgemm", 2e-15);
        deviceScalars(blas);
        mathMode(blas);
        const std::string report = findings();
        result(std::string(settings) + " products leave no findings", report.empty(), report);
        if (std::strstr(settings, "check") != nullptr) {
            misuse(blas);
        } else {
            repeatable(blas);
            configure("workers=2");
            speed(blas);
        }
        CHECK(cublasDestroy_v2(blas));
    }
    configure("mode=plain;lazy=0");
}

} // namespace selftest
