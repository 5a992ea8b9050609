// Streams and events, eager and lazy.
#include "harness.h"

namespace selftest {

namespace {

const char streamSource[] = R"(
extern "C" __global__ void set(float* x, float v) { x[threadIdx.x] = v; }
extern "C" __global__ void add(const float* x, float* y) { y[threadIdx.x] += x[threadIdx.x]; }
)";

struct Pinned {
    float* values;
    explicit Pinned(int count) {
        CHECK(cuMemHostAlloc(reinterpret_cast<void**>(&values), static_cast<size_t>(count) * 4, 0));
        for (int i = 0; i < count; ++i) values[i] = -7;
    }
    ~Pinned() { cuMemFreeHost(values); }
};

void laziness(CUmodule module) {
    DeviceArray x(ramp(32));
    Pinned host(32);
    launch(function(module, "set"), 1, 32, 0, x.address(), 5.0f);
    CHECK(cuMemcpyDtoHAsync_v2(host.values, x.address(), 128, stream));
    const float before = host.values[3];
    CHECK(cuStreamSynchronize(stream));
    result("lazy: nothing runs before the host waits", before == -7 && host.values[3] == 5);

    // Pageable memory is read at the call, and written before it returns.
    std::vector<float> pageable(32, 1.0f);
    CHECK(cuMemcpyHtoDAsync_v2(x.address(), pageable.data(), 128, stream));
    pageable.assign(32, 2.0f);
    CHECK(cuMemcpyDtoHAsync_v2(pageable.data(), x.address(), 128, stream));
    result("lazy: pageable copies are staged at the call", pageable[4] == 1);

    // Pinned memory is read when the copy runs: overwriting it early shows.
    host.values[0] = 10;
    CHECK(cuMemcpyHtoDAsync_v2(x.address(), host.values, 128, stream));
    host.values[0] = 20;
    result("lazy: a pinned source that is changed too early shows", x.read<float>()[0] == 20);
}

void queries(CUmodule module) {
    DeviceArray x(ramp(32));
    CUevent event;
    CHECK(cuEventCreate(&event, 2));
    result("an event never recorded is done", cuEventQuery(event) == Success);
    launch(function(module, "set"), 1, 32, 0, x.address(), 5.0f);
    CHECK(cuEventRecord(event, stream));
    launch(function(module, "set"), 1, 32, 0, x.address(), 6.0f);
    int notReady = 0;
    while (cuEventQuery(event) == NotReady && notReady < 100) ++notReady;
    result("lazy: an event answers 'not ready' and then makes progress", notReady > 0 && notReady < 10);
    notReady = 0;
    while (cuStreamQuery(stream) == NotReady && notReady < 100) ++notReady;
    result("lazy: a stream answers 'not ready' and then makes progress",
           notReady > 0 && notReady < 10 && cuStreamQuery(stream) == Success);
    CHECK(cuEventDestroy_v2(event));
}

void crossStreams(CUmodule module) {
    CUstream other;
    CUevent produced, consumed;
    CHECK(cuStreamCreate(&other, 1));
    CHECK(cuEventCreate(&produced, 0));
    CHECK(cuEventCreate(&consumed, 0));
    DeviceArray x(ramp(32, 0, 0)), y(ramp(32, 0, 0));
    const CUfunction set = function(module, "set"), add = function(module, "add");
    CUdeviceptr px = x.address(), py = y.address();
    for (int round = 1; round <= 3; ++round) {
        float value = static_cast<float>(round);
        void* setArguments[] = {&px, &value};
        void* addArguments[] = {&px, &py};
        CHECK(cuLaunchKernel(set, 1, 1, 1, 32, 1, 1, 0, other, setArguments, nullptr));
        CHECK(cuEventRecord(produced, other));
        CHECK(cuStreamWaitEvent(stream, produced, 0));
        CHECK(cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, stream, addArguments, nullptr));
        CHECK(cuEventRecord(consumed, stream));
        CHECK(cuStreamWaitEvent(other, consumed, 0));
    }
    CHECK(cuEventSynchronize(consumed));
    float milliseconds;
    CHECK(cuEventElapsedTime(&milliseconds, produced, consumed));
    result("events order two streams", y.read<float>()[8] == 6 && milliseconds >= 0);

    // The same without events: in lazy mode the sum misses what the other stream has not run.
    float value = 50;
    void* setArguments[] = {&px, &value};
    void* addArguments[] = {&px, &py};
    CHECK(cuLaunchKernel(set, 1, 1, 1, 32, 1, 1, 0, other, setArguments, nullptr));
    CHECK(cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, stream, addArguments, nullptr));
    result("lazy: a missing event between two streams shows", y.read<float>()[8] == 9);
    CHECK(cuStreamDestroy_v2(other));
    CHECK(cuEventDestroy_v2(produced));
    CHECK(cuEventDestroy_v2(consumed));
    result("destroyed handles are refused",
           cuStreamSynchronize(other) == InvalidHandle && cuEventQuery(produced) == InvalidHandle);
}

void freedWhileQueued(CUmodule module) {
    CUdeviceptr x;
    CHECK(cuMemAlloc_v2(&x, 4096));
    launch(function(module, "set"), 1, 32, 0, x, 5.0f);
    CHECK(cuMemFree_v2(x));
    const int code = cuStreamSynchronize(stream);
    result("lazy: memory freed while a kernel is queued is caught",
           code == IllegalAddress && findings().find("FREED") != std::string::npos);
    standinClearError();
    CHECK(cuMemAlloc_v2(&x, 4096));
    CHECK(cuMemsetD32Async(x, 0, 1024, stream));
    CHECK(cuMemFree_v2(x));
    const int code2 = cuStreamSynchronize(stream);
    result("lazy: memory freed while a fill is queued is caught",
           code2 == IllegalAddress && findings().find("FREED") != std::string::npos);
    standinClearError();
}

void hostWaits(CUmodule module) {
    DeviceArray x(ramp(32));
    std::vector<float> host(32);
    long long before[standinCounters], after[standinCounters];
    standinGetStats(before);
    launch(function(module, "set"), 1, 32, 0, x.address(), 5.0f);
    CHECK(cuStreamSynchronize(stream));
    CHECK(cuCtxSynchronize());
    CHECK(cuMemcpyDtoH_v2(host.data(), x.address(), 128));
    CHECK(cuMemcpyHtoD_v2(x.address(), host.data(), 64));
    standinGetStats(after);
    result("statistics count launches, host waits and bytes",
           after[2] - before[2] == 1 && after[4] - before[4] == 4 && after[5] - before[5] == 64 && after[6] - before[6] == 128);
}

} // namespace

void streamCases() {
    for (const char* settings : {"mode=plain;lazy=1;order=forward;workers=2", "mode=check;lazy=1"}) {
        configure(settings);
        const CUmodule module = compile(streamSource, "streams.cu");
        laziness(module);
        queries(module);
        crossStreams(module);
        freedWhileQueued(module);
        hostWaits(module);
        const std::string report = findings();
        result(std::string(settings) + " streams leave no findings", report.empty(), report);
        CHECK(cuModuleUnload(module));
    }
    configure("mode=plain;lazy=0");
}

} // namespace selftest
