// Stream capture: what becomes a node, what is forbidden, forks and joins.
#include "harness.h"

#include <thread>

namespace selftest {

namespace {

const char captureSource[] = R"(
extern "C" __global__ void add(float* x, float a) { x[threadIdx.x] += a; }
extern "C" __global__ void multiply(float* x, float a) { x[threadIdx.x] *= a; }
)";

CUfunction add, multiply;

size_t nodeCount(CUgraph graph) {
    size_t count = 0;
    CHECK(cuGraphGetNodes(graph, nullptr, &count));
    return count;
}

void run(CUgraph graph, int times) {
    CUgraphExec exec;
    CHECK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    CHECK(cuGraphDestroy(graph));
    for (int i = 0; i < times; ++i) CHECK(cuGraphLaunch(exec, stream));
    CHECK(cuStreamSynchronize(stream));
    CHECK(cuGraphExecDestroy(exec));
}

void everyKindOfNode() {
    DeviceArray x(ramp(32, 0, 0)), y(ramp(32, 1, 0)), z(4 * 4);
    const float ones[] = {1, 1, 1, 1};
    DeviceArray a(std::vector<float>(ones, ones + 4)), b(std::vector<float>{1, 2, 3, 4});
    cublasHandle_t blas;
    CHECK(cublasCreate_v2(&blas));
    CHECK(cublasSetStream_v2(blas, stream));
    float alpha = 1, beta = 0, amount = 2;
    CUgraph graph;
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    launch(add, 1, 32, 0, x.address(), amount);
    CHECK(cuMemcpyDtoDAsync_v2(y.address(), x.address(), 64, stream));
    CHECK(cuMemsetD32Async(y.address(), 0, 4, stream));
    CHECK(cublasSgemm_v2(blas, 0, 0, 2, 2, 2, &alpha, a.pointer<float*>(), 2, b.pointer<float*>(), 2, &beta, z.pointer<float*>(),
                         2));
    amount = 100; // the graph has its own copies of arguments and scalars
    alpha = 100;
    CHECK(cuStreamEndCapture(stream, &graph));
    const bool nothingRan = x.read<float>()[0] == 0;
    const size_t nodes = nodeCount(graph);
    run(graph, 3);
    const auto p = y.read<float>(), q = z.read<float>();
    result("kernels, copies, fills and products are captured",
           nothingRan && nodes == 4 && p[0] == 0 && p[5] == 6 && p[20] == 1 && q[0] == 3 && q[3] == 7);
    CHECK(cublasDestroy_v2(blas));
}

// Each call returns its error, and the capture that it broke ends with 901.
void forbiddenCalls() {
    DeviceArray x(ramp(32));
    std::vector<float> host(32);
    CUevent event;
    CHECK(cuEventCreate(&event, 0));
    struct Forbidden {
        const char* name;
        int mode;
        int expected;
        std::function<int()> call;
    };
    CUdeviceptr p = 0;
    const Forbidden calls[] = {
        {"cuStreamSynchronize", CaptureRelaxed, CaptureUnsupported, [] { return cuStreamSynchronize(stream); }},
        {"cuStreamQuery", CaptureRelaxed, CaptureUnsupported, [] { return cuStreamQuery(stream); }},
        {"cuMemAlloc", CaptureGlobal, CaptureUnsupported, [&] { return cuMemAlloc_v2(&p, 16); }},
        {"cuMemAlloc, thread-local", CaptureThreadLocal, CaptureUnsupported, [&] { return cuMemAlloc_v2(&p, 16); }},
        {"cuMemFree", CaptureGlobal, CaptureUnsupported, [&] { return cuMemFree_v2(x.address()); }},
        {"cuCtxSynchronize", CaptureGlobal, CaptureUnsupported, [] { return cuCtxSynchronize(); }},
        {"cuEventSynchronize", CaptureGlobal, CaptureUnsupported, [&] { return cuEventSynchronize(event); }},
        {"cuMemcpyDtoH", CaptureGlobal, CaptureUnsupported, [&] { return cuMemcpyDtoH_v2(host.data(), x.address(), 128); }},
        {"cuMemcpyHtoDAsync of pageable memory", CaptureRelaxed, CaptureUnsupported,
         [&] { return cuMemcpyHtoDAsync_v2(x.address(), host.data(), 128, stream); }},
    };
    for (const auto& forbidden : calls) {
        CUgraph graph;
        CHECK(cuStreamBeginCapture_v2(stream, forbidden.mode));
        const int code = forbidden.call();
        const int end = cuStreamEndCapture(stream, &graph);
        result(std::string("capture forbids ") + forbidden.name,
               code == forbidden.expected && end == CaptureInvalidated && graph == nullptr);
    }
    CUgraph graph;
    CHECK(cuStreamBeginCapture_v2(stream, CaptureRelaxed));
    const int allowed = cuMemAlloc_v2(&p, 16);
    int elsewhere = -1;
    result("relaxed capture allows cuMemAlloc",
           allowed == Success && cuStreamEndCapture(stream, &graph) == Success && cuGraphDestroy(graph) == Success);
    CHECK(cuMemFree_v2(p));
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    CUcontext own;
    CHECK(cuCtxGetCurrent(&own));
    std::thread([&] {
        cuCtxSetCurrent(own);
        CUdeviceptr q;
        elsewhere = cuMemAlloc_v2(&q, 16);
        cuMemFree_v2(q);
    }).join();
    result("thread-local capture leaves other threads alone",
           elsewhere == Success && cuStreamEndCapture(stream, &graph) == Success);
    CHECK(cuGraphDestroy(graph));
    CHECK(cuEventDestroy_v2(event));
}

void legacyStream() {
    CUstream blocking;
    CUgraph graph;
    DeviceArray x(ramp(32));
    CHECK(cuStreamCreate(&blocking, 0));
    CHECK(cuStreamBeginCapture_v2(blocking, CaptureRelaxed));
    const int code = cuMemsetD32Async(x.address(), 0, 1, nullptr);
    result("the null stream must not wait for a capture",
           code == CaptureImplicit && cuStreamEndCapture(blocking, &graph) == CaptureInvalidated);
    CHECK(cuStreamDestroy_v2(blocking));
    result("the null stream cannot capture", cuStreamBeginCapture_v2(nullptr, 0) == CaptureUnsupported);
}

void forkAndJoin() {
    CUstream side;
    CUevent forked, joined;
    CUgraph graph;
    CHECK(cuStreamCreate(&side, 1));
    CHECK(cuEventCreate(&forked, 2));
    CHECK(cuEventCreate(&joined, 2));
    DeviceArray x(ramp(32, 1, 0)), y(ramp(32, 1, 0));
    CUdeviceptr py = y.address();
    float five = 5;
    void* arguments[] = {&py, &five};
    const auto fork = [&] {
        CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
        launch(add, 1, 32, 0, x.address(), 1.0f);
        CHECK(cuEventRecord(forked, stream));
        CHECK(cuStreamWaitEvent(side, forked, 0));
        CHECK(cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, side, arguments, nullptr));
        launch(multiply, 1, 32, 0, x.address(), 3.0f);
    };
    fork();
    CHECK(cuEventRecord(joined, side));
    CHECK(cuStreamWaitEvent(stream, joined, 0));
    launch(add, 1, 32, 0, y.address(), 0.5f);
    CHECK(cuStreamEndCapture(stream, &graph));
    run(graph, 1);
    result("capture follows events to other streams", x.read<float>()[3] == 6 && y.read<float>()[3] == 6.5f);
    fork();
    result("a stream that is not joined ends the capture with an error", cuStreamEndCapture(stream, &graph) == CaptureUnjoined);
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    CHECK(cuEventRecord(forked, stream));
    CHECK(cuStreamWaitEvent(side, forked, 0));
    result("a capture ends where it began", cuStreamEndCapture(side, &graph) == CaptureUnmatched);
    cuStreamEndCapture(stream, &graph);
    result("a capture with no beginning", cuStreamEndCapture(stream, &graph) == InvalidValue);
    CHECK(cuStreamDestroy_v2(side));
    CHECK(cuEventDestroy_v2(forked));
    CHECK(cuEventDestroy_v2(joined));
}

void captureInfo() {
    int status;
    std::uint64_t id = 0;
    CUgraph inside = nullptr, graph;
    const CUgraphNode* dependencies;
    size_t count = 99;
    DeviceArray x(ramp(32));
    CHECK(cuStreamGetCaptureInfo_v2(stream, &status, &id, &inside, &dependencies, &count));
    const bool none = status == CaptureNone;
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    launch(add, 1, 32, 0, x.address(), 1.0f);
    CHECK(cuStreamGetCaptureInfo_v2(stream, &status, &id, &inside, &dependencies, &count));
    CUgraphNode last = dependencies[0];
    const bool active = status == CaptureActive && id != 0 && count == 1;
    CHECK(cuStreamUpdateCaptureDependencies(stream, nullptr, 0, 1));
    CHECK(cuStreamGetCaptureInfo_v2(stream, &status, &id, nullptr, &dependencies, &count));
    const bool replaced = count == 0;
    CHECK(cuStreamUpdateCaptureDependencies(stream, &last, 1, 0));
    launch(add, 1, 32, 0, x.address(), 1.0f);
    CHECK(cuStreamEndCapture(stream, &graph));
    result("a capture tells its graph and dependencies", none && active && replaced && inside == graph && nodeCount(graph) == 2);
    CHECK(cuGraphDestroy(graph));
}

} // namespace

void captureCases() {
    for (const char* settings : {"mode=plain;lazy=0;order=forward", "mode=check;lazy=1;order=shuffle:5"}) {
        configure(settings);
        const CUmodule module = compile(captureSource, "capture.cu");
        add = function(module, "add");
        multiply = function(module, "multiply");
        everyKindOfNode();
        forbiddenCalls();
        legacyStream();
        forkAndJoin();
        captureInfo();
        const std::string report = findings();
        result(std::string(settings) + " captures leave no findings", report.empty(), report);
        CHECK(cuModuleUnload(module));
    }
    configure("mode=plain;lazy=0;order=forward");
}

} // namespace selftest
