// Rules of the documentation that a program only meets on a card: what graphs may hold, what launches are bounded by, and what
// may be done with handles that are gone.
#include "harness.h"

namespace selftest {

namespace {

const char ruleSource[] = R"(
typedef __device_builtin__ unsigned long long cudaGraphConditionalHandle;
extern "C" __device__ __cudart_builtin__ void cudaGraphSetConditional(cudaGraphConditionalHandle handle, unsigned value);
constexpr int MOST = 64;

extern "C" __global__ void __launch_bounds__(MOST) bounded(float* x) { x[threadIdx.x] = 1; }
extern "C" __global__ __launch_bounds__(MOST * 2, 1) void bounded_twice(float* x) { x[threadIdx.x] = 1; }
extern "C" __global__ void add(float* x, float a) { x[threadIdx.x] += a; }
extern "C" __global__ void stop(cudaGraphConditionalHandle handle) { cudaGraphSetConditional(handle, 0); }
)";

float one = 1, zero = 0;

int product(cublasHandle_t blas, const DeviceArray& a, const DeviceArray& c) {
    return cublasSgemm_v2(blas, 0, 0, 2, 2, 2, &one, a.pointer<float*>(), 2, a.pointer<float*>(), 2, &zero, c.pointer<float*>(), 2);
}

cublasHandle_t openBlas(CUstream own) {
    cublasHandle_t blas;
    CHECK(cublasCreate_v2(&blas));
    CHECK(cublasSetStream_v2(blas, own));
    return blas;
}

bool reports(const char* text) { return findings().find(text) != std::string::npos; }

// A graph with a WHILE node whose handle begins with 1; its body is still empty.
struct Loop {
    CUgraph graph = nullptr, body = nullptr;
    CUgraphConditionalHandle handle = 0;

    Loop() {
        CHECK(cuGraphCreate(&graph, 0));
        CHECK(cuGraphConditionalHandleCreate(&handle, graph, nullptr, 1, 1));
        CHECK(add(handle));
    }
    ~Loop() { cuGraphDestroy(graph); }

    int add(CUgraphConditionalHandle of) {
        CUgraphNodeParams parameters{};
        parameters.type = ConditionalNode;
        parameters.conditional.handle = of;
        parameters.conditional.type = ConditionalWhile;
        parameters.conditional.size = 1;
        CUgraphNode node;
        const int code = cuGraphAddNode(&node, graph, nullptr, 0, &parameters);
        if (code == Success) body = parameters.conditional.bodies[0];
        return code;
    }

    // Captures the work of an action, and the kernel that ends the loop, into the body.
    void fill(CUmodule module, const std::function<void()>& work) {
        CUgraph filled;
        CHECK(cuStreamBeginCaptureToGraph(stream, body, nullptr, nullptr, 0, CaptureThreadLocal));
        work();
        launch(function(module, "stop"), 1, 1, 0, handle);
        CHECK(cuStreamEndCapture(stream, &filled));
    }
};

void bounds(CUmodule module) {
    DeviceArray x(ramp(256));
    int most = 0;
    CHECK(cuFuncGetAttribute(&most, 0, function(module, "bounded_twice")));
    const bool within = launch(function(module, "bounded"), 1, 64, 0, x.address()) == Success
                     && launch(function(module, "bounded_twice"), 1, 128, 0, x.address()) == Success;
    result("a block beyond the kernel's __launch_bounds__ is refused",
           within && most == 128 && launch(function(module, "bounded"), 1, 65, 0, x.address()) == LaunchOutOfResources
               && launch(function(module, "bounded_twice"), 1, 129, 0, x.address()) == LaunchOutOfResources);
    CHECK(cuStreamSynchronize(stream));
    result("such a refusal is told", reports("LAUNCH REFUSED: bounded: a block of 65 threads: its __launch_bounds__ say 64"));
}

void parameterSpace() {
    nvrtcProgram program;
    const char* text = "struct Big { char bytes[4097]; };\nextern \"C\" __global__ void k(Big b, char* x) { x[0] = b.bytes[0]; }\n";
    CHECK(nvrtcCreateProgram(&program, text, "big.cu", 0, nullptr, nullptr));
    result("parameters beyond 4096 bytes do not compile", nvrtcCompileProgram(program, 0, nullptr) == 6);
    CHECK(nvrtcDestroyProgram(&program));
}

void workspaces(CUmodule module) {
    DeviceArray a(ramp(4)), c(16), space(1 << 16);
    cublasHandle_t blas = openBlas(stream);
    CUgraphExec exec = nullptr;
    {
        Loop loop;
        loop.fill(module, [&] { product(blas, a, c); });
        result("a product without a work space of its own cannot stand in a loop's body",
               cuGraphInstantiateWithFlags(&exec, loop.graph, 0) == InvalidValue && reports("GRAPH REFUSED: the body"));
    }
    CHECK(cublasSetWorkspace_v2(blas, space.pointer<void*>(), 1 << 16));
    {
        Loop loop;
        loop.fill(module, [&] { product(blas, a, c); });
        CHECK(cuGraphInstantiateWithFlags(&exec, loop.graph, 0));
        CHECK(cuGraphLaunch(exec, stream));
        result("with one it can", c.read<float>()[3] == 11);
        CHECK(cuGraphExecDestroy(exec));
    }
    CHECK(cublasSetStream_v2(blas, stream));
    {
        Loop loop;
        loop.fill(module, [&] { product(blas, a, c); });
        result("setting the stream takes the work space away", cuGraphInstantiateWithFlags(&exec, loop.graph, 0) == InvalidValue);
    }
    result("a work space must be aligned", cublasSetWorkspace_v2(blas, space.pointer<char*>() + 16, 1024) == 7);
    CHECK(cublasDestroy_v2(blas));
    findings();
}

void conditionalHandles() {
    Loop first, second;
    result("a handle serves one conditional node", first.add(first.handle) == InvalidValue && reports("GRAPH REFUSED: a second"));
    result("a handle serves the graph that it was made for", first.add(second.handle) == InvalidValue && reports("GRAPH REFUSED"));
}

// A graph with a conditional node cannot be a part of another.
void loopsWithin(CUmodule module) {
    CUgraphExec exec;
    CUgraph outer;
    Loop loop;
    loop.fill(module, [] {});
    CHECK(cuGraphInstantiateWithFlags(&exec, loop.graph, 0));
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    const int code = cuGraphLaunch(exec, stream);
    result("a captured launch of a graph with a conditional node is refused",
           code == InvalidValue && cuStreamEndCapture(stream, &outer) == CaptureInvalidated && reports("GRAPH REFUSED: a graph within"));
    CHECK(cuGraphExecDestroy(exec));
}

// x += 1 on one branch and y += 2 and a product on the other, by their own streams and handles, in a loop's body.
void forkInBody(CUmodule module) {
    DeviceArray x(ramp(32, 0, 0)), y(ramp(32, 0, 0)), a(ramp(4)), c(16), space(1 << 16);
    CUstream side;
    CUevent forked, joined;
    CHECK(cuStreamCreate(&side, 1));
    CHECK(cuEventCreate(&forked, 2));
    CHECK(cuEventCreate(&joined, 2));
    cublasHandle_t blas = openBlas(side);
    CHECK(cublasSetWorkspace_v2(blas, space.pointer<void*>(), 1 << 16));
    CUdeviceptr py = y.address();
    float two = 2;
    void* arguments[] = {&py, &two};
    const auto branches = [&] {
        CHECK(cuEventRecord(forked, stream));
        CHECK(cuStreamWaitEvent(side, forked, 0));
        CHECK(cuLaunchKernel(function(module, "add"), 1, 1, 1, 32, 1, 1, 0, side, arguments, nullptr));
        CHECK(product(blas, a, c));
        launch(function(module, "add"), 1, 32, 0, x.address(), 1.0f);
        CHECK(cuEventRecord(joined, side));
        CHECK(cuStreamWaitEvent(stream, joined, 0));
        launch(function(module, "add"), 1, 32, 0, x.address(), 10.0f);
    };
    Loop loop;
    loop.fill(module, branches);
    size_t nodes = 0;
    CHECK(cuGraphGetNodes(loop.body, nullptr, &nodes));
    CUgraphExec exec;
    CHECK(cuGraphInstantiateWithFlags(&exec, loop.graph, 0));
    for (int i = 0; i < 3; ++i) CHECK(cuGraphLaunch(exec, stream));
    CHECK(cuStreamSynchronize(stream));
    result("a loop's body may fork to another stream and its products",
           nodes == 5 && x.read<float>()[7] == 33 && y.read<float>()[7] == 6 && c.read<float>()[0] == 2);
    branches(); // after the capture both streams run on their own again
    CHECK(cuStreamSynchronize(side));
    result("after a forked capture the streams run again", x.read<float>()[7] == 44 && y.read<float>()[7] == 8);
    CHECK(cuGraphExecDestroy(exec));
    CHECK(cublasDestroy_v2(blas));
    CHECK(cuEventDestroy_v2(forked));
    CHECK(cuEventDestroy_v2(joined));
    CHECK(cuStreamDestroy_v2(side));
}

// Each call returns its error, and the capture that it broke ends with 901.
void forbiddenInCapture(CUmodule module) {
    cublasHandle_t blas = openBlas(stream), other = nullptr;
    cusolverDnHandle_t solver = nullptr;
    CUevent event;
    CHECK(cuEventCreate(&event, 2));
    const auto breaks = [](const char* name, const std::function<bool()>& call) {
        CUgraph graph;
        CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
        const bool refused = call();
        result(std::string("capture forbids ") + name, refused && cuStreamEndCapture(stream, &graph) == CaptureInvalidated);
    };
    breaks("cuModuleUnload", [&] { return cuModuleUnload(module) == CaptureUnsupported; });
    breaks("cuModuleLoadDataEx", [&] { return cuModuleLoadDataEx(&module, "", 0, nullptr, nullptr) == CaptureUnsupported; });
    breaks("cuMemHostAlloc", [] {
        void* host;
        return cuMemHostAlloc(&host, 16, 0) == CaptureUnsupported;
    });
    breaks("cublasCreate", [&] { return cublasCreate_v2(&other) == 13; });
    breaks("cublasDestroy", [&] { return cublasDestroy_v2(blas) == 13; });
    breaks("cusolverDnCreate", [&] { return cusolverDnCreate(&solver) == 6; });
    breaks("asking for its own event", [&] {
        CHECK(cuEventRecord(event, stream));
        return cuEventQuery(event) == CapturedEvent;
    });
    CHECK(cuEventDestroy_v2(event));
}

void goneHandles() {
    DeviceArray a(ramp(4)), c(16);
    cublasHandle_t blas = openBlas(stream);
    cusolverDnHandle_t solver;
    CHECK(cusolverDnCreate(&solver));
    CUstream own;
    CHECK(cuStreamCreate(&own, 1));
    CHECK(cublasSetStream_v2(blas, own));
    CHECK(cuStreamDestroy_v2(own));
    result("a product on a destroyed stream is refused", product(blas, a, c) == 1);
    CHECK(cublasDestroy_v2(blas));
    CHECK(cusolverDnDestroy(solver));
    result("a destroyed cuBLAS handle is refused",
           product(blas, a, c) == 1 && cublasSetStream_v2(blas, stream) == 1 && cublasDestroy_v2(blas) == 1);
    result("a destroyed cuSOLVER handle is refused", cusolverDnSetStream(solver, stream) == 1 && cusolverDnDestroy(solver) == 1);
}

void withoutContext(CUmodule module) {
    CUcontext own;
    CUevent event;
    CHECK(cuCtxGetCurrent(&own));
    CHECK(cuEventCreate(&event, 0));
    CHECK(cuCtxSetCurrent(nullptr));
    result("what is given back is given back in its context",
           cuEventDestroy_v2(event) == InvalidContext && cuStreamDestroy_v2(stream) == InvalidContext
               && cuModuleUnload(module) == InvalidContext);
    CHECK(cuCtxSetCurrent(own));
    CHECK(cuEventDestroy_v2(event));
}

void flags() {
    CUevent timed, untimed;
    float milliseconds;
    CHECK(cuEventCreate(&timed, 0));
    CHECK(cuEventCreate(&untimed, 2));
    CHECK(cuEventRecord(timed, stream));
    CHECK(cuEventRecord(untimed, stream));
    CHECK(cuStreamSynchronize(stream));
    result("an event without times tells none", cuEventElapsedTime(&milliseconds, timed, untimed) == InvalidHandle);
    CUevent none;
    void* host;
    CUgraphExec exec;
    Loop loop;
    result("unknown flags are refused",
           cuEventCreate(&none, 64) == InvalidValue && cuStreamWaitEvent(stream, timed, 8) == InvalidValue
               && cuMemHostAlloc(&host, 16, 64) == InvalidValue && cuGraphInstantiateWithFlags(&exec, loop.graph, 64) == InvalidValue);
    CHECK(cuEventDestroy_v2(timed));
    CHECK(cuEventDestroy_v2(untimed));
}

void memory() {
    DeviceArray x(ramp(64));
    result("a copy within memory that overlaps is refused",
           cuMemcpyDtoDAsync_v2(x.address() + 16, x.address(), 64, stream) == InvalidValue && reports("OVERLAP: cuMemcpyDtoDAsync"));
    cublasHandle_t blas = openBlas(stream);
    cublasSgemm_v2(blas, 0, 0, 2, 2, 2, &one, reinterpret_cast<float*>(x.address() + 2), 2, x.pointer<float*>(), 2, &zero,
                   x.pointer<float*>() + 8, 2);
    const int code = cuStreamSynchronize(stream);
    result("a misaligned operand is caught", code == MisalignedAddress && reports("MISALIGNED: cublasSgemm: A"));
    standinClearError();
    CHECK(cublasDestroy_v2(blas));
}

void foreignNodes() {
    Loop one, two;
    CUgraphNode node;
    size_t count = 1;
    CUgraph graph;
    CHECK(cuGraphGetNodes(one.graph, &node, &count));
    result("a capture depends on nodes of its own graph",
           cuStreamBeginCaptureToGraph(stream, two.graph, &node, nullptr, 1, CaptureThreadLocal) == InvalidValue);
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    result("dependencies are nodes of the captured graph", cuStreamUpdateCaptureDependencies(stream, &node, 1, 0) == InvalidValue);
    CHECK(cuStreamEndCapture(stream, &graph));
    CHECK(cuGraphDestroy(graph));
}

} // namespace

void ruleCases() {
    for (const char* settings : {"mode=plain;lazy=0;order=forward", "mode=check;lazy=1;order=shuffle:4"}) {
        configure(settings);
        const CUmodule module = compile(ruleSource, "rules.cu");
        forkInBody(module);
        const std::string report = findings();
        result(std::string(settings) + " forked loops leave no findings", report.empty(), report);
        bounds(module);
        workspaces(module);
        conditionalHandles();
        loopsWithin(module);
        forbiddenInCapture(module);
        goneHandles();
        withoutContext(module);
        flags();
        memory();
        foreignNodes();
        CHECK(cuModuleUnload(module));
    }
    parameterSpace();
    configure("mode=plain;lazy=0;order=forward");
}

} // namespace selftest
