// The kernels of good.cu give the right values, and nothing is found, in every mode.
#include "harness.h"

#include <cmath>
#include <cstring>
#include <numeric>

namespace selftest {

namespace {

struct Shape {
    int n;
    float scale;
    double offset;
    short tag;
};

class Mode {
public:
    explicit Mode(const std::string& settings) : settings_(settings) {
        configure(settings);
        module_ = compile(readKernels("good.cu"), "good.cu");
    }
    ~Mode() { cuModuleUnload(module_); }

    CUfunction operator[](const char* name) const { return function(module_, name); }

    void expect(const char* name, bool values) const {
        const int code = cuStreamSynchronize(stream);
        const std::string report = findings();
        result(settings_ + " runs " + name, values && code == 0 && report.empty(), report + (values ? "" : "wrong values"));
        standinClearError();
    }

private:
    std::string settings_;
    CUmodule module_;
};

void elementwise(const Mode& mode) {
    const int n = 10'003;
    DeviceArray x(ramp(n)), y(ramp(n, 1));
    launch(mode["saxpy"], 8, 128, 0, n, 2.0f, x.address(), y.address());
    const auto out = y.read<float>();
    bool ok = true;
    for (int i = 0; i < n; ++i) ok &= out[static_cast<size_t>(i)] == 3.0f * static_cast<float>(i) + 1;
    mode.expect("saxpy", ok);

    std::vector<unsigned char> in(1001);
    std::iota(in.begin(), in.end(), static_cast<unsigned char>(0));
    DeviceArray a(in), b(1001);
    launch(mode["bytes"], 4, 256, 0, a.address(), b.address(), 1001);
    const auto inverted = b.read<unsigned char>();
    ok = true;
    for (size_t i = 0; i < in.size(); ++i) ok &= inverted[i] == 255 - in[i];
    mode.expect("bytes", ok);
    launch(mode["byte_neighbours"], 1, 64, 0, b.address());
    const auto reversed = b.read<unsigned char>();
    mode.expect("byte_neighbours", reversed[0] == 63 && reversed[63] == 0 && reversed[20] == 43);

    DeviceArray wideIn(ramp(128)), wideOut(128 * 4);
    launch(mode["wide"], 1, 32, 0, wideIn.address(), wideOut.address());
    const auto wide = wideOut.read<float>();
    mode.expect("wide", wide[0] == 3 && wide[3] == 0 && wide[127] == 124);
}

void reductions(const Mode& mode) {
    const int n = 16'384;
    const auto values = ramp(n, 0, 0.5f);
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    DeviceArray x(values), partial(8 * sizeof(double)), small(64 * 4);
    launch(mode["reduce_shuffle"], 8, 256, 0, x.address(), partial.address(), n);
    const auto p = partial.read<double>();
    mode.expect("reduce_shuffle", std::accumulate(p.begin(), p.end(), 0.0) == sum);
    launch(mode["reduce_dynamic"], 64, 256, 1024, x.address(), small.address());
    const auto q = small.read<float>();
    mode.expect("reduce_dynamic", std::fabs(std::accumulate(q.begin(), q.end(), 0.0) - sum) < 1e-5 * sum);
    DeviceArray y(128 * 4);
    launch(mode["template_sum_64"], 1, 64, 0, y.address());
    bool ok = y.read<float>()[63] == 64 * 63 / 2;
    launch(mode["template_sum_128"], 1, 128, 0, y.address());
    ok &= y.read<float>()[0] == 128 * 127 / 2;
    launch(mode["inline_shared"], 1, 64, 0, y.address());
    mode.expect("shared memory of templates and inline functions", ok && y.read<float>()[9] == 0.5f);
}

void tiledProduct(const Mode& mode) {
    const int m = 30, n = 21, k = 37;
    const auto a = ramp(m * k, -1, 0.01f), b = ramp(k * n, 1, -0.02f);
    DeviceArray da(a), db(b), dc(static_cast<size_t>(m * n) * 4);
    int sizes[] = {m, n, k};
    CUdeviceptr pointers[] = {da.address(), db.address(), dc.address()};
    void* arguments[] = {&sizes[0], &sizes[1], &sizes[2], &pointers[0], &pointers[1], &pointers[2]};
    cuLaunchKernel(mode["gemm_tiled"], 2, 2, 1, 16, 16, 1, 0, stream, arguments, nullptr);
    const auto c = dc.read<float>();
    double worst = 0;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            double sum = 0;
            for (int l = 0; l < k; ++l)
                sum += static_cast<double>(a[static_cast<size_t>(i * k + l)]) * b[static_cast<size_t>(l * n + j)];
            worst = std::fmax(worst, std::fabs(sum - c[static_cast<size_t>(i * n + j)]));
        }
    mode.expect("gemm_tiled", worst < 1e-3);
}

void warpsAndBarriers(const Mode& mode) {
    DeviceArray y(ramp(256));
    launch(mode["votes"], 1, 32, 0, y.address());
    const auto votes = y.read<unsigned>();
    bool ok = true;
    for (unsigned lane = 0; lane < 32; ++lane) {
        const unsigned later = lane + 4 > 31 ? lane : lane + 4, up = lane == 0 ? 0 : lane - 1;
        ok &= votes[lane] == (0xAAAAAAAAu ^ (later + up + 2) ^ 1u << 30);
    }
    mode.expect("votes", ok);
    launch(mode["warp_exchange"], 1, 32, 0, y.address());
    mode.expect("warp_exchange", y.read<float>()[6] == 7);
    launch(mode["warp_turns"], 1, 32, 0, y.address());
    mode.expect("warp_turns", y.read<float>()[30] == 3);
    launch(mode["early_exit"], 1, 128, 0, y.address(), 70);
    mode.expect("early_exit", y.read<float>()[69] == 3);
    DeviceArray counts(std::vector<int>{0, 0, 0}), histogram(std::vector<int>{0, 0, 0, 0});
    launch(mode["counting"], 1, 100, 0, counts.address(), histogram.address());
    mode.expect("counting",
                counts.read<int>() == std::vector<int>{50, 1, 1} && histogram.read<int>() == std::vector<int>{25, 25, 25, 25});
    DeviceArray longs(std::vector<unsigned long long>{0, 0, 5});
    launch(mode["long_atomics"], 1, 64, 0, longs.address());
    mode.expect("long_atomics", longs.read<unsigned long long>() == std::vector<unsigned long long>{64 * 63 / 2, 63, 7});
}

void language(const Mode& mode) {
    DeviceArray y(ramp(64));
    launch(mode["by_value"], 1, 4, 0, Shape{2, 0.5f, 10, 100}, y.address());
    mode.expect("by_value", y.read<float>()[2] == 113);
    launch(mode["constants"], 1, 8, 0, y.address());
    mode.expect("constants", y.read<float>()[6] == 100);
    launch(mode["large_frame"], 1, 32, 0, y.address(), 2);
    mode.expect("large_frame", y.read<float>()[5] == 14);
    DeviceArray x(std::vector<double>{2.25}), out(10 * 8);
    launch(mode["mathematics"], 1, 1, 0, x.address(), out.address());
    const auto r = out.read<double>();
    const double expected[] = {
        12.5, -std::sqrt(2.25 * 2.25 * 5), 1, 4.0 / 3, 0, 1, 2.25, 2.25 * 2.25 + 2.25 + 2.25 + 1.5 + 2.25, 2.25, 2.25};
    bool ok = true;
    for (int i = 0; i < 10; ++i) ok &= std::fabs(r[static_cast<size_t>(i)] - expected[i]) < 1e-6;
    mode.expect("mathematics", ok);
}

} // namespace

void goodKernels() {
    for (const char* settings :
         {"mode=plain;workers=1;lazy=0;order=forward", "mode=plain;workers=2;lazy=1;order=reverse",
          "mode=plain;workers=2;lazy=1;order=shuffle:7", "mode=plain;verify=1", "mode=check;verify=0;order=forward",
          "mode=check;order=reverse", "mode=check;order=shuffle:3;lazy=1", "mode=check;order=shuffle:4;lazy=0"}) {
        const Mode mode(settings);
        elementwise(mode);
        reductions(mode);
        tiledProduct(mode);
        warpsAndBarriers(mode);
        language(mode);
    }
    configure("mode=plain;lazy=0;order=forward;verify=0");
}

} // namespace selftest
