// libcuda: initialisation, the device, the primary context, errors.
#include "arena.h"
#include "config.h"
#include "context.h"
#include "graph.h"
#include "module.h"
#include "report.h"
#include "shadow.h"
#include "stats.h"
#include "stream.h"

#include <cstdio>

using namespace standin;

namespace {

constexpr int driverVersion = 12040;

// Attribute numbers of CUdevice_attribute.
int attributeValue(int attribute) {
    switch (attribute) {
        case 1: return static_cast<int>(maxBlockThreads);
        case 2:
        case 3: return static_cast<int>(maxBlockThreads); // block x, y
        case 4: return 64;                                // block z
        case 5: return 2147483647;                        // grid x
        case 6:
        case 7: return 65535; // grid y, z
        case 8: return static_cast<int>(config().shared);
        case 10: return static_cast<int>(warpLanes);
        case 13: return 1'500'000; // clock, kHz
        case 16: return 4;         // multiprocessors
        case 19: return 1;         // can map host memory
        case 36: return 1'000'000; // memory clock, kHz
        case 37: return 256;       // memory bus, bits
        case 38: return 4 << 20;   // second-level cache
        case 39: return 2048;      // threads of a multiprocessor
        case 41: return 1;         // unified addressing
        case 75: return 8;         // compute capability 8.0
        case 76: return 0;
        case 81: return static_cast<int>(maxSharedBytes) + 1024; // shared memory of a multiprocessor
        case 97: return static_cast<int>(maxSharedBytes);
        default: return 0;
    }
}

struct ErrorText {
    int code;
    const char *name, *text;
};

constexpr ErrorText errors[] = {
    {Success, "CUDA_SUCCESS", "no error"},
    {InvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NotInitialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {InvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {InvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {InvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {ContextDestroyed, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {InvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NotReady, "CUDA_ERROR_NOT_READY", "device not ready"},
    {IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LaunchOutOfResources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {MisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NotSupported, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {CaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
    {CaptureMerge, "CUDA_ERROR_STREAM_CAPTURE_MERGE", "operation would result in a merge of separate capture sequences"},
    {CaptureUnmatched, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not ended in the same stream as it began"},
    {CaptureUnjoined, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "capturing stream has unjoined work"},
    {CaptureIsolation, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"},
    {CaptureImplicit, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {CapturedEvent, "CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"},
    {CaptureWrongThread, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD",
     "attempt to terminate a thread-local capture sequence from another thread"},
};

const ErrorText* findError(int code) {
    for (const auto& error : errors)
        if (error.code == code) return &error;
    return nullptr;
}

} // namespace

CUresult cuInit(unsigned flags) {
    if (flags != 0) return InvalidValue;
    std::lock_guard lock(apiMutex());
    if (config().check) shadow().enable();
    markInitialised();
    return Success;
}

CUresult cuDriverGetVersion(int* version) {
    *version = driverVersion;
    return Success;
}

CUresult cuDeviceGetCount(int* count) {
    *count = 1;
    return initialised() ? Success : NotInitialized;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
    *device = 0;
    return !initialised() ? NotInitialized : ordinal == 0 ? Success : InvalidDevice;
}

// The mode is part of the name: a program that caches kernels by device must not mix instrumented or unoptimised ones with others.
CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
    if (device != 0) return InvalidDevice;
    std::snprintf(name, static_cast<size_t>(length), "PoseEngine stand-in (%s%s)", config().check ? "check" : "plain",
                  config().optimize || config().check ? "" : ", unoptimised");
    return Success;
}

CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
    if (device != 0) return InvalidDevice;
    *value = attributeValue(attribute);
    return Success;
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    *bytes = config().memory;
    return device == 0 ? Success : InvalidDevice;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    std::lock_guard lock(apiMutex());
    if (!initialised()) return NotInitialized;
    if (device != 0) return InvalidDevice;
    *context = retainContext();
    return Success;
}

// What was made in a context ends with it.
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    std::lock_guard lock(apiMutex());
    if (!initialised()) return NotInitialized;
    if (device != 0) return InvalidDevice;
    const int holders = releaseContext();
    if (holders < 0) return InvalidContext;
    if (holders > 0) return Success;
    drainAllStreams();
    clearStickyError();
    const std::size_t execs = destroyExecs(), events = destroyEvents(), streams = destroyStreams(), modules = destroyModules();
    const std::size_t buffers = arena().releaseAll();
    if (execs + events + streams + modules + buffers > 0)
        report(format("LEFT BEHIND: the context ends with %zu graphs, %zu events, %zu streams, %zu modules and %zu buffers that nobody "
                      "gave back", execs, events, streams, modules, buffers));
    return Success;
}

CUresult cuCtxSetCurrent(CUcontext context) {
    std::lock_guard lock(apiMutex());
    if (context != nullptr && !isContext(context)) return InvalidContext;
    makeCurrent(context);
    return Success;
}

CUresult cuCtxGetCurrent(CUcontext* context) {
    *context = currentContext();
    return Success;
}

CUresult cuCtxSynchronize() {
    STANDIN_ENTER();
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    ++stats().hostWaits;
    drainAllStreams();
    return stickyError();
}

CUresult cuGetErrorName(CUresult error, const char** name) {
    const auto* found = findError(error);
    *name = found == nullptr ? nullptr : found->name;
    return found == nullptr ? InvalidValue : Success;
}

CUresult cuGetErrorString(CUresult error, const char** text) {
    const auto* found = findError(error);
    *text = found == nullptr ? nullptr : found->text;
    return found == nullptr ? InvalidValue : Success;
}
