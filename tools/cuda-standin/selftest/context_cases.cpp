// The primary context: what ends with it, and what a thread that had it as its own may do afterwards. It comes last: what the
// other cases share ends here too.
#include "harness.h"

#include <thread>

namespace selftest {

namespace {

int allocate(CUdeviceptr* address) { return cuMemAlloc_v2(address, 64); }

CUcontext retain() {
    CUcontext context;
    CHECK(cuDevicePrimaryCtxRetain(&context, 0));
    return context;
}

void counted() {
    const CUcontext again = retain();
    CUdeviceptr address;
    CHECK(cuDevicePrimaryCtxRelease_v2(0));
    result("a context lives on while somebody holds it", allocate(&address) == Success && again != nullptr);
    CHECK(cuMemFree_v2(address));
}

// Releases the last hold with things left in it.
void ended() {
    findings();
    CUevent event;
    CUdeviceptr buffer;
    const CUmodule module = compile("extern \"C\" __global__ void nothing() {}", "nothing.cu");
    const CUfunction kernel = function(module, "nothing");
    CHECK(cuEventCreate(&event, 0));
    CHECK(allocate(&buffer));
    CHECK(cuDevicePrimaryCtxRelease_v2(0));
    result("what is left in a context that ends is told", findings().find("LEFT BEHIND") != std::string::npos);
    result("a thread whose context has ended has none", allocate(&buffer) == ContextDestroyed);
    result("a context that nobody holds cannot be released", cuDevicePrimaryCtxRelease_v2(0) == InvalidContext);

    const CUcontext fresh = retain();
    result("a context made again is not the thread's own", allocate(&buffer) == ContextDestroyed);
    CHECK(cuCtxSetCurrent(fresh));
    result("streams end with their context", cuStreamSynchronize(stream) == InvalidHandle);
    result("events end with their context", cuEventQuery(event) == InvalidHandle);
    result("modules end with their context", cuModuleUnload(module) == InvalidHandle && launch(kernel, 1, 1, 0) == InvalidHandle);
    result("memory ends with its context", cuMemFree_v2(buffer) == InvalidValue);
    findings();
    CHECK(cuStreamCreate(&stream, 1));
}

// Two threads: one ends the context and makes another, while the other one has the old as its own.
void acrossThreads() {
    for (const char* settings : {"freshcontext=0", "freshcontext=1"}) {
        configure(settings);
        CUcontext before, after;
        CHECK(cuCtxGetCurrent(&before));
        CUdeviceptr address;
        int own = -1, stale = -1, renewed = -1;
        std::thread([&] {
            CHECK(cuCtxSetCurrent(before));
            own = allocate(&address);
            std::thread([&] {
                CHECK(cuDevicePrimaryCtxRelease_v2(0));
                after = retain();
            }).join();
            stale = allocate(&address);
            CHECK(cuCtxSetCurrent(after));
            renewed = allocate(&address);
        }).join();
        const bool handles = (before == after) == (std::string(settings) == "freshcontext=0");
        result(std::string(settings) + " a context ended by another thread must be set again",
               handles && own == Success && stale == ContextDestroyed && renewed == Success);
        CHECK(cuCtxSetCurrent(after));
        CHECK(cuMemFree_v2(address));
        CHECK(cuStreamCreate(&stream, 1));
        findings();
    }
    configure("freshcontext=0");
}

} // namespace

void contextCases() {
    configure("mode=plain;lazy=0");
    counted();
    ended();
    acrossThreads();
}

} // namespace selftest
