// Graphs and WHILE nodes: a loop whose end the device decides.
#include "harness.h"

namespace selftest {

namespace {

const char graphSource[] = R"(
typedef __device_builtin__ unsigned long long cudaGraphConditionalHandle;
extern "C" __device__ __cudart_builtin__ void cudaGraphSetConditional(cudaGraphConditionalHandle handle, unsigned value);

extern "C" __global__ void begin(int* state, int rounds) { state[0] = rounds; state[1] = 0; }
extern "C" __global__ void step(float* x, const int* state) { x[threadIdx.x] += 1.0f + 0.0f * state[0]; }
extern "C" __global__ void decide(int* state, cudaGraphConditionalHandle handle)
{
    state[1]++;
    cudaGraphSetConditional(handle, state[1] < state[0]);
}
)";

// begin; while (handle) { step; decide }
CUgraph buildLoop(CUmodule module, const DeviceArray& state, const DeviceArray& x, int rounds, bool whole) {
    CUgraph graph, captured;
    CUgraphConditionalHandle handle;
    CUcontext context;
    CHECK(cuCtxGetCurrent(&context));
    CHECK(cuGraphCreate(&graph, 0));
    CHECK(cuGraphConditionalHandleCreate(&handle, graph, context, 1, 1));
    CHECK(cuStreamBeginCaptureToGraph(stream, graph, nullptr, nullptr, 0, CaptureThreadLocal));
    launch(function(module, "begin"), 1, 1, 0, state.address(), rounds);
    int status;
    const CUgraphNode* dependencies;
    size_t count;
    CHECK(cuStreamGetCaptureInfo_v2(stream, &status, nullptr, nullptr, &dependencies, &count));
    CUgraphNode loop;
    CUgraphNodeParams parameters{};
    parameters.type = ConditionalNode;
    parameters.conditional.handle = handle;
    parameters.conditional.type = ConditionalWhile;
    parameters.conditional.size = 1;
    parameters.conditional.context = context;
    if (whole)
        CHECK(cuGraphAddNode(&loop, graph, dependencies, count, &parameters));
    else
        CHECK(cuGraphAddNode_v2(&loop, graph, dependencies, nullptr, count, &parameters));
    CHECK(cuStreamUpdateCaptureDependencies(stream, &loop, 1, 1));
    launch(function(module, "step"), 1, 32, 0, x.address(), state.address()); // one more after the loop
    CHECK(cuStreamEndCapture(stream, &captured));
    const CUgraph body = parameters.conditional.bodies[0];
    CHECK(cuStreamBeginCaptureToGraph(stream, body, nullptr, nullptr, 0, CaptureThreadLocal));
    launch(function(module, "step"), 1, 32, 0, x.address(), state.address());
    launch(function(module, "decide"), 1, 1, 0, state.address(), handle);
    CHECK(cuStreamEndCapture(stream, &captured));
    return graph;
}

void loops(CUmodule module, const std::string& settings) {
    DeviceArray state(8), x(ramp(32, 0, 0));
    long long before[standinCounters], after[standinCounters];
    for (const bool whole : {true, false}) {
        const CUgraph graph = buildLoop(module, state, x, 7, whole);
        CUgraphExec exec;
        CHECK(cuGraphInstantiateWithFlags(&exec, graph, 0));
        CHECK(cuGraphDestroy(graph));
        standinGetStats(before);
        CHECK(cuGraphLaunch(exec, stream));
        CHECK(cuGraphLaunch(exec, stream)); // the default value of the handle is set again
        CHECK(cuStreamSynchronize(stream));
        standinGetStats(after);
        CHECK(cuGraphExecDestroy(exec));
        const float expected = whole ? 16 : 32;
        result(settings + (whole ? " WHILE node" : " WHILE node, with edges"),
               x.read<float>()[9] == expected && after[3] - before[3] == 2 && after[2] - before[2] == 2 * (2 + 7 * 2) &&
                   after[8] - before[8] == 2 * (3 + 7 * 2));
    }
}

void misuse(CUmodule module) {
    DeviceArray state(ramp(2));
    launch(function(module, "decide"), 1, 1, 0, state.address(), CUgraphConditionalHandle(12345));
    cuStreamSynchronize(stream);
    result("a handle of no graph is caught", findings().find("CONDITIONAL") != std::string::npos);
    standinClearError();
    CUgraph graph;
    CUgraphConditionalHandle handle;
    CHECK(cuGraphCreate(&graph, 0));
    CHECK(standinConfigure("conditional=0"));
    result("conditional=0 pretends that there are no conditional nodes",
           cuGraphConditionalHandleCreate(&handle, graph, nullptr, 1, 1) == NotSupported);
    CHECK(standinConfigure("conditional=1"));
    CHECK(cuGraphConditionalHandleCreate(&handle, graph, nullptr, 0, 1));
    CUgraphNodeParams parameters{};
    parameters.type = ConditionalNode;
    parameters.conditional.handle = handle;
    parameters.conditional.type = ConditionalWhile;
    parameters.conditional.size = 2;
    CUgraphNode node;
    result("a WHILE node has one body", cuGraphAddNode(&node, graph, nullptr, 0, &parameters) == InvalidValue);
    parameters.type = 0;
    result("nodes of other types are not supported", cuGraphAddNode(&node, graph, nullptr, 0, &parameters) == NotSupported);
    CHECK(cuGraphDestroy(graph));
    result("a destroyed graph is refused", cuGraphDestroy(graph) == InvalidValue);
}

// A graph outlives its own handles and those of its nodes, but not the modules of its kernels.
void lifetimes() {
    const CUmodule module = compile(graphSource, "graphs.cu");
    DeviceArray state(8), x(ramp(32, 0, 0));
    const CUgraph graph = buildLoop(module, state, x, 2, true);
    CUgraphExec exec;
    CHECK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    CHECK(cuGraphDestroy(graph));
    CHECK(cuGraphLaunch(exec, stream));
    CHECK(cuStreamSynchronize(stream));
    CHECK(cuModuleUnload(module));
    cuGraphLaunch(exec, stream);
    const int code = cuStreamSynchronize(stream);
    result("a graph of an unloaded module is caught", code == InvalidHandle && findings().find("UNLOADED") == 0);
    standinClearError();
    CHECK(cuGraphExecDestroy(exec));
    result("a destroyed graph cannot be launched", cuGraphLaunch(exec, stream) == InvalidHandle);
}

// A captured graph launch is a child node.
void childGraph(CUmodule module) {
    DeviceArray state(ramp(2)), x(ramp(32, 0, 0));
    CUgraph inner, outer;
    CUgraphExec innerExec, outerExec;
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    for (int i = 0; i < 10; ++i) launch(function(module, "step"), 1, 32, 0, x.address(), state.address());
    CHECK(cuStreamEndCapture(stream, &inner));
    CHECK(cuGraphInstantiateWithFlags(&innerExec, inner, 0));
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    CHECK(cuGraphLaunch(innerExec, stream));
    CHECK(cuGraphLaunch(innerExec, stream));
    CHECK(cuStreamEndCapture(stream, &outer));
    CHECK(cuGraphInstantiateWithFlags(&outerExec, outer, 0));
    CHECK(cuGraphLaunch(outerExec, stream));
    result("a graph within a graph", x.read<float>()[0] == 20);
    CHECK(cuGraphExecDestroy(innerExec));
    CHECK(cuGraphExecDestroy(outerExec));
    CHECK(cuGraphDestroy(inner));
    CHECK(cuGraphDestroy(outer));
}

} // namespace

void graphCases() {
    for (const char* settings :
         {"mode=plain;lazy=0;order=forward", "mode=check;lazy=1;order=shuffle:9", "mode=check;lazy=0;order=reverse"}) {
        configure(settings);
        const CUmodule module = compile(graphSource, "graphs.cu");
        loops(module, settings);
        const std::string report = findings();
        result(std::string(settings) + " graphs leave no findings", report.empty(), report);
        misuse(module);
        childGraph(module);
        lifetimes();
        CHECK(cuModuleUnload(module));
    }
    configure("mode=plain;lazy=0;order=forward");
}

} // namespace selftest
