// libcuda: memory, copies and fills.
#include "arena.h"
#include "config.h"
#include "context.h"
#include "copies.h"
#include "report.h"
#include "stats.h"
#include "stream.h"

using namespace standin;

namespace {

void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

bool isPinned(const void* host) { return arena().reserved(host); }

// A copy or fill outside a live buffer is refused at the call.
bool inBounds(const void* address, size_t bytes, const char* call) {
    if (arena().holds(address, bytes)) return true;
    report(format("OUT OF BOUNDS: %s of %zu bytes begins %s", call, bytes, arena().describe(address).c_str()));
    return false;
}

// The host does not go on before the copy is done.
Result copyNow(Stream* stream, OperationPtr copy) {
    ++stats().hostWaits;
    if (const Result submitted = submit(stream, std::move(copy)); submitted != Success) return submitted;
    drainStream(stream);
    return stickyError();
}

Result forbidSynchronousCopy() {
    if (const Result forbidden = forbidNullStreamDuringCapture(); forbidden != Success) return forbidden;
    return forbidDuringCapture();
}

Result fill(CUdeviceptr target, unsigned value, int width, size_t count, Stream* stream, const char* call) {
    if (!isStream(stream)) return InvalidHandle;
    if (count == 0) return Success;
    if (target % static_cast<unsigned>(width) != 0 || !inBounds(pointer(target), count * static_cast<size_t>(width), call))
        return InvalidValue;
    return submit(resolve(stream), makeFill(pointer(target), value, width, count));
}

} // namespace

CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
    STANDIN_ENTER();
    *total = config().memory;
    *free = config().memory - arena().usedBytes();
    return Success;
}

CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
    STANDIN_ENTER();
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (bytes == 0) return InvalidValue;
    char* begin = arena().allocate(bytes, false);
    if (begin == nullptr) return OutOfMemory;
    ++stats().allocations;
    *address = reinterpret_cast<CUdeviceptr>(begin);
    return Success;
}

// Nothing is waited for: in a lazy stream, work that is queued on the buffer finds it gone and is reported.
CUresult cuMemFree_v2(CUdeviceptr address) {
    std::lock_guard lock(apiMutex());
    if (const Result entered = enterToRelease(); entered != Success) return entered;
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (address == 0) return Success;
    if (!arena().release(static_cast<char*>(pointer(address)), false)) {
        report(format("BAD FREE: cuMemFree of an address %s", arena().describe(pointer(address)).c_str()));
        return InvalidValue;
    }
    ++stats().frees;
    return stickyError();
}

CUresult cuMemHostAlloc(void** host, size_t bytes, unsigned flags) {
    STANDIN_ENTER();
    constexpr unsigned allFlags = 7;
    if (flags > allFlags) return InvalidValue;
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (bytes == 0) return InvalidValue;
    if (bytes > config().pinned) return OutOfMemory;
    *host = arena().allocate(bytes, true);
    return *host == nullptr ? OutOfMemory : Success;
}

CUresult cuMemFreeHost(void* host) {
    std::lock_guard lock(apiMutex());
    if (const Result entered = enterToRelease(); entered != Success) return entered;
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (arena().release(static_cast<char*>(host), true)) return stickyError();
    report(format("BAD FREE: cuMemFreeHost of an address %s", arena().describe(host).c_str()));
    return InvalidValue;
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* host, unsigned flags) {
    STANDIN_ENTER();
    const Buffer* buffer = arena().find(host);
    if (flags != 0 || buffer == nullptr || !buffer->pinned) return InvalidValue;
    *device = reinterpret_cast<CUdeviceptr>(host);
    return Success;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr target, const void* source, size_t bytes) {
    STANDIN_ENTER();
    if (const Result forbidden = forbidSynchronousCopy(); forbidden != Success) return forbidden;
    if (bytes == 0) return Success;
    if (!inBounds(pointer(target), bytes, "cuMemcpyHtoD")) return InvalidValue;
    return copyNow(nullStream(), makeCopy(CopyKind::ToDevice, pointer(target), source, bytes));
}

CUresult cuMemcpyDtoH_v2(void* target, CUdeviceptr source, size_t bytes) {
    STANDIN_ENTER();
    if (const Result forbidden = forbidSynchronousCopy(); forbidden != Success) return forbidden;
    if (bytes == 0) return Success;
    if (!inBounds(pointer(source), bytes, "cuMemcpyDtoH")) return InvalidValue;
    return copyNow(nullStream(), makeCopy(CopyKind::ToHost, target, pointer(source), bytes));
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void* source, size_t bytes, CUstream handle) {
    STANDIN_ENTER();
    if (!isStream(handle)) return InvalidHandle;
    if (bytes == 0) return Success;
    if (!inBounds(pointer(target), bytes, "cuMemcpyHtoDAsync")) return InvalidValue;
    Stream* stream = resolve(handle);
    if (isPinned(source)) {
        if (!inBounds(source, bytes, "cuMemcpyHtoDAsync")) return InvalidValue;
        return submit(stream, makeCopy(CopyKind::ToDevice, pointer(target), source, bytes));
    }
    // Pageable memory is read before the call returns, which a graph could not repeat.
    if (const Result forbidden = forbidWaitDuringCapture(stream); forbidden != Success) return forbidden;
    std::string staged;
    if (config().lazy) staged.assign(static_cast<const char*>(source), bytes);
    return submit(stream, makeCopy(CopyKind::ToDevice, pointer(target), source, bytes, std::move(staged)));
}

CUresult cuMemcpyDtoHAsync_v2(void* target, CUdeviceptr source, size_t bytes, CUstream handle) {
    STANDIN_ENTER();
    if (!isStream(handle)) return InvalidHandle;
    if (bytes == 0) return Success;
    if (!inBounds(pointer(source), bytes, "cuMemcpyDtoHAsync")) return InvalidValue;
    Stream* stream = resolve(handle);
    auto copy = makeCopy(CopyKind::ToHost, target, pointer(source), bytes);
    if (isPinned(target)) {
        if (!inBounds(target, bytes, "cuMemcpyDtoHAsync")) return InvalidValue;
        return submit(stream, std::move(copy));
    }
    // Into pageable memory the call returns only when the copy is done.
    if (const Result forbidden = forbidWaitDuringCapture(stream); forbidden != Success) return forbidden;
    return copyNow(stream, std::move(copy));
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, size_t bytes, CUstream stream) {
    STANDIN_ENTER();
    if (!isStream(stream)) return InvalidHandle;
    if (bytes == 0) return Success;
    if (!inBounds(pointer(target), bytes, "cuMemcpyDtoDAsync") || !inBounds(pointer(source), bytes, "cuMemcpyDtoDAsync"))
        return InvalidValue;
    if (target < source + bytes && source < target + bytes) {
        report(format("OVERLAP: cuMemcpyDtoDAsync of %zu bytes to %lld bytes behind their place", bytes,
                      static_cast<long long>(target) - static_cast<long long>(source)));
        return InvalidValue;
    }
    return submit(resolve(stream), makeCopy(CopyKind::WithinDevice, pointer(target), pointer(source), bytes));
}

CUresult cuMemsetD8Async(CUdeviceptr target, unsigned char value, size_t count, CUstream stream) {
    STANDIN_ENTER();
    return fill(target, value, 1, count, stream, "cuMemsetD8Async");
}

CUresult cuMemsetD32Async(CUdeviceptr target, unsigned value, size_t count, CUstream stream) {
    STANDIN_ENTER();
    return fill(target, value, 4, count, stream, "cuMemsetD32Async");
}
