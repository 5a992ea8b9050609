// What cuda_shim.h calls from within a kernel: barriers, warp operations, traps, atomics and the conditional handle.
#include "checker.h"
#include "conditional.h"
#include "report.h"
#include "worker.h"

#include <algorithm>
#include <cstring>

using namespace standin;

namespace {

void waitAtBarrier(BarrierOp op, bool vote, const char* file, int line) {
    Worker& worker = *currentWorker;
    worker.barrierOp = op;
    if (vote) ++worker.barrierVotes;
    ++worker.atBarrier;
    DeviceThread& thread = *worker.current;
    thread.state = ThreadState::AtBarrier;
    thread.file = file;
    thread.line = line;
    worker.wait();
}

} // namespace

STANDIN_EXPORT void __standin_barrier(const char* file, int line) { waitAtBarrier(BarrierOp::None, false, file, line); }

STANDIN_EXPORT int __standin_barrier_vote(int predicate, int op, const char* file, int line) {
    waitAtBarrier(static_cast<BarrierOp>(op), predicate != 0, file, line);
    return currentWorker->barrierResult;
}

STANDIN_EXPORT u64 __standin_warp(u32 mask, u64 value, int source, int op, const char* file, int line) {
    Worker& worker = *currentWorker;
    DeviceThread& thread = *worker.current;
    const u32 n = worker.currentNumber();
    if ((mask >> n % warpLanes & 1) == 0) {
        report(format("WARP MASK: %s: the calling lane %u is not in its own mask 0x%08x [%s:%d]", worker.where().c_str(),
                      n % warpLanes, mask, file, line));
        worker.abortBlock(LaunchFailed);
    }
    thread.state = ThreadState::AtWarp;
    thread.mask = mask;
    thread.deposit = value;
    thread.source = source;
    thread.warpOp = static_cast<WarpOp>(op);
    thread.file = file;
    thread.line = line;
    const u32 warp = n / warpLanes, waiting = worker.warpWaiting[warp] |= 1u << n % warpLanes;
    if ((mask & worker.warpAlive[warp] & ~waiting) == 0) worker.tryWarp(thread);
    worker.wait();
    return thread.result;
}

STANDIN_EXPORT void __standin_trap(const char* file, int line) {
    report(format("TRAP: %s called __trap() [%s:%d]", currentWorker->where().c_str(), file, line));
    currentWorker->abortBlock(LaunchFailed);
}

STANDIN_EXPORT void cudaGraphSetConditional(unsigned long long handle, unsigned value) {
    if (setConditional(handle, value)) return;
    report(format("CONDITIONAL: %s sets handle 0x%llx, which no graph has", currentWorker->where().c_str(), handle));
    currentWorker->abortBlock(LaunchFailed);
}

// Atomics. The shim names the operation; the order is relaxed, as CUDA's is.
namespace {

enum class AtomicOp : int { Add, Min, Max, And, Or, Xor, Exchange, CompareSwap };

template <class T> T combine(AtomicOp op, T old, T value, T compare) {
    switch (op) {
        case AtomicOp::Min: return std::min(old, value);
        case AtomicOp::Max: return std::max(old, value);
        case AtomicOp::Exchange: return value;
        case AtomicOp::CompareSwap: return old == compare ? value : old;
        default: break;
    }
    if constexpr (std::is_integral_v<T>) {
        using U = std::make_unsigned_t<T>;
        if (op == AtomicOp::Add) return static_cast<T>(static_cast<U>(old) + static_cast<U>(value));
        if (op == AtomicOp::And) return old & value;
        if (op == AtomicOp::Or) return old | value;
        if (op == AtomicOp::Xor) return old ^ value;
    } else if (op == AtomicOp::Add) {
        return old + value;
    }
    return old;
}

template <class T> T atomic(T* address, T value, T compare, int operation, const void* programCounter) {
    const auto op = static_cast<AtomicOp>(operation);
    checkAccess(address, sizeof(T), op == AtomicOp::Exchange ? Access::AtomicWrite : Access::Atomic, programCounter);
    T old, next;
    __atomic_load(address, &old, __ATOMIC_RELAXED);
    do next = combine(op, old, value, compare);
    while (!__atomic_compare_exchange(address, &old, &next, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return old;
}

} // namespace

#define STANDIN_ATOMIC(name, type)                                                                                               \
    STANDIN_EXPORT type __standin_atomic_##name(type* address, type value, type compare, int op) {                               \
        return atomic(address, value, compare, op, __builtin_return_address(0));                                                 \
    }
STANDIN_ATOMIC(f32, float)
STANDIN_ATOMIC(f64, double)
STANDIN_ATOMIC(i32, int)
STANDIN_ATOMIC(u32, unsigned)
STANDIN_ATOMIC(i64, long long)
STANDIN_ATOMIC(u64, unsigned long long)
