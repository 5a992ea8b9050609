// The functions that g++ -fsanitize=thread and -fsanitize=bounds call. They belong to the sanitizers' own libraries
// otherwise; kernels of check mode are linked to these instead.
#include "checker.h"
#include "report.h"
#include "worker.h"

using namespace standin;

namespace {

// The head of the data that -fsanitize=bounds passes.
struct BoundsLocation {
    const char* file;
    u32 line, column;
};

} // namespace

#define STANDIN_HOOK(name, bytes, access)                                                                                        \
    STANDIN_EXPORT void __tsan_##name(void* address) { checkAccess(address, bytes, access, __builtin_return_address(0)); }
// "unaligned" says that the type needs less than its size; the others must be aligned, as on a GPU.
#define STANDIN_ALIGNED_HOOK(name, bytes, access)                                                                                \
    STANDIN_EXPORT void __tsan_##name(void* address) {                                                                           \
        if (__builtin_expect(reinterpret_cast<u64>(address) % bytes != 0, false))                                                \
            refuseMisaligned(address, bytes, access, __builtin_return_address(0));                                               \
        checkAccess(address, bytes, access, __builtin_return_address(0));                                                        \
    }
#define STANDIN_HOOKS(size)                                                                                                      \
    STANDIN_ALIGNED_HOOK(read##size, size, Access::Read)                                                                         \
    STANDIN_ALIGNED_HOOK(write##size, size, Access::Write)                                                                       \
    STANDIN_ALIGNED_HOOK(volatile_read##size, size, Access::Read)                                                                \
    STANDIN_ALIGNED_HOOK(volatile_write##size, size, Access::Write)                                                              \
    STANDIN_HOOK(unaligned_read##size, size, Access::Read)                                                                       \
    STANDIN_HOOK(unaligned_write##size, size, Access::Write)                                                                     \
    STANDIN_HOOK(unaligned_volatile_read##size, size, Access::Read)                                                              \
    STANDIN_HOOK(unaligned_volatile_write##size, size, Access::Write)
STANDIN_HOOKS(1)
STANDIN_HOOKS(2)
STANDIN_HOOKS(4)
STANDIN_HOOKS(8)
STANDIN_HOOKS(16)

STANDIN_EXPORT void __tsan_read_range(void* address, u64 bytes) {
    checkAccess(address, bytes, Access::Read, __builtin_return_address(0));
}
STANDIN_EXPORT void __tsan_write_range(void* address, u64 bytes) {
    checkAccess(address, bytes, Access::Write, __builtin_return_address(0));
}
STANDIN_EXPORT void __tsan_func_entry(void*) {}
STANDIN_EXPORT void __tsan_func_exit() {}
STANDIN_EXPORT void __tsan_init() {}
STANDIN_EXPORT void __tsan_atomic_thread_fence(int) {}

STANDIN_EXPORT void __ubsan_handle_out_of_bounds_abort(void* data, u64 index) {
    const auto& place = *static_cast<const BoundsLocation*>(data);
    report(format("ARRAY INDEX %s:%u", place.file, place.line),
           format("ARRAY INDEX: %s: index %lld is outside a fixed-size array [%s:%u]", currentWorker->where().c_str(),
                  static_cast<long long>(index), place.file, place.line));
    currentWorker->abortBlock(IllegalAddress);
}
STANDIN_EXPORT void __ubsan_handle_out_of_bounds(void* data, u64 index) { __ubsan_handle_out_of_bounds_abort(data, index); }
