// Memory: accounting, pinned memory, bounds of copies, freed memory, sticky errors, device properties.
#include "harness.h"

#include <cstring>

namespace selftest {

namespace {

const char scaleSource[] = R"(
extern "C" __global__ void scale(float* x, int n, float a)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] *= a;
}
)";

void accounting() {
    configure("mode=plain;lazy=0;memory=1000000");
    size_t free, total;
    CHECK(cuMemGetInfo_v2(&free, &total));
    long long before[standinCounters], after[standinCounters];
    standinGetStats(before);
    CUdeviceptr first, second = 0;
    CHECK(cuMemAlloc_v2(&first, free - 1000));
    const int code = cuMemAlloc_v2(&second, 2000);
    size_t left;
    CHECK(cuMemGetInfo_v2(&left, &total));
    result("out of memory is reported", code == OutOfMemory && left == 1000 && total == 1000000);
    CHECK(cuMemFree_v2(first));
    standinGetStats(after);
    result("statistics count allocations and live bytes",
           after[0] - before[0] == 1 && after[1] - before[1] == 1 && after[7] == before[7]);
    result("zero bytes are refused", cuMemAlloc_v2(&first, 0) == InvalidValue);
    configure("memory=8589934592");
}

void copies() {
    configure("mode=plain;lazy=0");
    const std::vector<float> values = ramp(100);
    DeviceArray x(values), y(400);
    CHECK(cuMemcpyDtoDAsync_v2(y.address(), x.address(), 400, stream));
    CHECK(cuMemsetD32Async(y.address() + 40, 0x40000000, 2, stream));
    CHECK(cuMemsetD8Async(y.address(), 0, 3, stream));
    auto out = y.read<float>();
    result("copies and fills", out[9] == 9 && out[10] == 2 && out[11] == 2 && out[12] == 12 && out[0] == 0);
    result("a copy past a buffer is refused",
           cuMemcpyHtoD_v2(x.address() + 4, values.data(), 400) == InvalidValue && findings().find("OUT OF BOUNDS") == 0);
    result("an unaligned fill is refused", cuMemsetD32Async(x.address() + 2, 0, 1, stream) == InvalidValue);
    result("a second free is refused", [] {
        CUdeviceptr p;
        CHECK(cuMemAlloc_v2(&p, 64));
        CHECK(cuMemFree_v2(p));
        return cuMemFree_v2(p) == InvalidValue && findings().find("BAD FREE") == 0;
    }());
    std::vector<unsigned char> fresh(64);
    DeviceArray f(64);
    CHECK(cuMemcpyDtoH_v2(fresh.data(), f.address(), 64));
    result("fresh memory is NaN", fresh == std::vector<unsigned char>(64, 0xFF));
}

void initialisedCopies() {
    configure("mode=check;lazy=0;order=forward");
    const CUmodule module = compile(scaleSource, "scale.cu");
    DeviceArray fresh(400), copy(400);
    CHECK(cuMemcpyDtoDAsync_v2(copy.address(), fresh.address(), 400, stream));
    launch(function(module, "scale"), 1, 128, 0, copy.address(), 100, 2.0f);
    CHECK(cuStreamSynchronize(stream));
    result("a copy of uninitialised memory is uninitialised", findings().find("UNINITIALISED") == 0);
    DeviceArray half(400);
    CHECK(cuMemsetD8Async(half.address(), 0, 399, stream));
    launch(function(module, "scale"), 1, 128, 0, half.address(), 100, 2.0f);
    CHECK(cuStreamSynchronize(stream));
    result("one uninitialised byte is found", findings().find("offset 396") != std::string::npos);
    CHECK(cuModuleUnload(module));
}

void pinnedMemory() {
    for (const char* settings : {"mode=plain;lazy=0", "mode=check;lazy=0", "mode=check;lazy=1"}) {
        configure(settings);
        const CUmodule module = compile(scaleSource, "scale.cu");
        float* host;
        CUdeviceptr device;
        CHECK(cuMemHostAlloc(reinterpret_cast<void**>(&host), 400, 2));
        for (int i = 0; i < 100; ++i) host[i] = static_cast<float>(i);
        CHECK(cuMemHostGetDevicePointer_v2(&device, host, 0));
        launch(function(module, "scale"), 1, 128, 0, device, 100, 3.0f);
        CHECK(cuStreamSynchronize(stream));
        const std::string report = findings();
        result(std::string(settings) + " kernels use pinned memory", host[7] == 21 && report.empty(), report);
        CHECK(cuMemFreeHost(host));
        launch(function(module, "scale"), 1, 128, 0, device, 100, 3.0f);
        cuStreamSynchronize(stream);
        result(std::string(settings) + " freed pinned memory is caught", findings().find("FREED") != std::string::npos);
        standinClearError();
        CHECK(cuModuleUnload(module));
    }
}

void stickyErrors() {
    configure("mode=plain;lazy=0");
    const CUmodule module = compile(scaleSource, "scale.cu");
    DeviceArray x(ramp(16));
    const CUfunction scale = function(module, "scale");
    launch(scale, 1, 128, 0, CUdeviceptr(64), 100, 3.0f);
    CUdeviceptr p;
    const bool stuck = cuStreamSynchronize(stream) == IllegalAddress && cuMemAlloc_v2(&p, 16) == IllegalAddress
                    && launch(scale, 1, 16, 0, x.address(), 16, 3.0f) == IllegalAddress && cuCtxSynchronize() == IllegalAddress;
    standinClearError();
    findings();
    result("a kernel's error is sticky until it is cleared", stuck && cuCtxSynchronize() == Success);
    DeviceArray y(4096);
    launch(scale, 1, 128, 0, y.address(), 100, 3.0f);
    CHECK(cuStreamSynchronize(stream));
    result("launches outside the limits are refused", launch(scale, 1, 2000, 0, y.address(), 1, 1.0f) == InvalidValue
                                                          && launch(scale, 1, 32, 64 << 10, y.address(), 1, 1.0f) == InvalidValue
                                                          && cuFuncSetAttribute(scale, 8, 64 << 10) == Success
                                                          && launch(scale, 1, 32, 64 << 10, y.address(), 1, 1.0f) == Success
                                                          && cuFuncSetAttribute(scale, 8, 300 << 10) == InvalidValue);
    findings();
    CUfunction missing;
    result("an unknown kernel is not found", cuModuleGetFunction(&missing, module, "nothing") == NotFound);
    CHECK(cuModuleUnload(module));
}

// A module of one mode goes on working in the other.
void modeSwitches() {
    configure("mode=plain;lazy=0");
    char name[64];
    CHECK(cuDeviceGetName(name, sizeof name, 0));
    bool named = std::strcmp(name, "PoseEngine stand-in (plain)") == 0;
    const CUmodule plain = compile(scaleSource, "scale.cu");
    DeviceArray x(ramp(100)), early(400);
    configure("mode=check");
    CHECK(cuDeviceGetName(name, sizeof name, 0));
    named = named && std::strcmp(name, "PoseEngine stand-in (check)") == 0;
    result("the device name tells the mode", named);
    const CUmodule checked = compile(scaleSource, "scale.cu");
    launch(function(checked, "scale"), 1, 128, 0, early.address(), 100, 1.0f);
    DeviceArray late(ramp(100));
    launch(function(plain, "scale"), 1, 128, 0, x.address(), 100, 2.0f);
    launch(function(checked, "scale"), 1, 128, 0, x.address(), 100, 2.0f);
    launch(function(checked, "scale"), 1, 128, 0, late.address(), 100, 2.0f);
    CHECK(cuStreamSynchronize(stream));
    const std::string report = findings();
    result("modules and memory outlive a change of mode", x.read<float>()[5] == 20 && report.empty(), report);
    configure("mode=plain");
    launch(function(checked, "scale"), 1, 128, 0, x.address(), 100, 0.5f);
    result("an instrumented module runs in plain mode", x.read<float>()[5] == 10 && findings().empty());
    result("unknown settings are refused",
           standinConfigure("mode=plain;nonsense=1") != 0 && standinConfigure("order=sideways") != 0);
    CHECK(cuModuleUnload(plain));
    CHECK(cuModuleUnload(checked));
}

void deviceProperties() {
    int version, major, threads, shared;
    size_t bytes;
    const char* text;
    CHECK(cuDriverGetVersion(&version));
    CHECK(cuDeviceGetAttribute(&major, 75, 0));
    CHECK(cuDeviceGetAttribute(&threads, 1, 0));
    CHECK(cuDeviceGetAttribute(&shared, 97, 0));
    CHECK(cuDeviceTotalMem_v2(&bytes, 0));
    CHECK(cuGetErrorName(IllegalAddress, &text));
    result("device properties", version == 12040 && major == 8 && threads == 1024 && shared == 227 << 10 && bytes == 8589934592
                                    && std::strcmp(text, "CUDA_ERROR_ILLEGAL_ADDRESS") == 0
                                    && cuGetErrorName(4321, &text) == InvalidValue);
}

} // namespace

void memoryCases() {
    accounting();
    copies();
    initialisedCopies();
    pinnedMemory();
    stickyErrors();
    modeSwitches();
    deviceProperties();
}

} // namespace selftest
