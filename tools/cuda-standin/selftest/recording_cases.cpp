// NVTX ranges and the record of launches.
#include "harness.h"

namespace selftest {

namespace {

std::string launches() {
    std::vector<char> text(4096);
    standinLaunches(text.data(), static_cast<int>(text.size()));
    return text.data();
}

} // namespace

void recordingCases() {
    configure("mode=plain;lazy=1;record=1");
    const CUmodule module = compile("extern \"C\" __global__ void kernel_a(float* x) { x[0] = 1; }\nextern \"C\" __global__ void "
                                    "kernel_b(float* x) { x[1] = 1; }\n",
                                    "record.cu");
    DeviceArray x(ramp(16));
    launches();
    nvtxRangePushA("step");
    launch(function(module, "kernel_a"), 1, 1, 0, x.address());
    const int depth = nvtxRangePushA("conv1.rop");
    CUgraph graph;
    CUgraphExec exec;
    CHECK(cuStreamBeginCapture_v2(stream, CaptureThreadLocal));
    launch(function(module, "kernel_b"), 1, 1, 0, x.address());
    CHECK(cuStreamEndCapture(stream, &graph));
    CHECK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    nvtxRangePop();
    const int left = nvtxRangePop();
    CHECK(cuGraphLaunch(exec, stream));
    CHECK(cuStreamSynchronize(stream));
    const std::string text = launches();
    result("launches are recorded with their NVTX ranges",
           depth == 1 && left == 0 && text == "step\tkernel_a\n\tcuGraphLaunch\nstep/conv1.rop\tkernel_b\n", text);
    char tiny[4];
    CHECK(cuGraphLaunch(exec, stream));
    CHECK(cuStreamSynchronize(stream));
    const int needed = standinLaunches(tiny, 4);
    result("a buffer that is too small loses nothing",
           needed > 4 && static_cast<int>(launches().size()) == needed && launches().empty());
    result("an unopened range cannot be closed", nvtxRangePop() == -1);
    CHECK(cuGraphExecDestroy(exec));
    CHECK(cuGraphDestroy(graph));
    CHECK(cuModuleUnload(module));
    configure("lazy=0;record=0");
}

} // namespace selftest
