// The self-test of the stand-in: every defect of broken.cu is found, nothing is found in good.cu, and the entry points of the
// driver, NVRTC, cuBLAS and cuSOLVER do what the real ones document. Exits with 1 when a case fails.
#include "harness.h"

#include <cstdio>

using namespace selftest;

int main() {
    CUdevice device;
    CUcontext context;
    CHECK(cuInit(0));
    CHECK(cuDeviceGet(&device, 0));
    result("calls without a context are refused", cuMemAlloc_v2(reinterpret_cast<CUdeviceptr*>(&context), 16) == InvalidContext);
    CHECK(cuDevicePrimaryCtxRetain(&context, device));
    CHECK(cuCtxSetCurrent(context));
    CHECK(cuStreamCreate(&stream, 1));

    goodKernels();
    brokenKernels();
    memoryCases();
    streamCases();
    captureCases();
    graphCases();
    blasCases();
    solverCases();
    compilerCases();
    recordingCases();
    ruleCases();
    contextCases();

    std::printf(failures() == 0 ? "all cases passed\n" : "%d cases failed\n", failures());
    return failures() == 0 ? 0 : 1;
}
