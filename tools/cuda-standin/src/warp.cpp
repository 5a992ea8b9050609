// Warp operations: each lane deposits its value and waits; the last of the named lanes computes the result of all.
#include "report.h"
#include "worker.h"

namespace standin {

void Worker::tryWarp(DeviceThread& thread) {
    const u32 warp = number(thread) / warpLanes, base = warp * warpLanes;
    const u32 lanes = thread.mask & warpAlive[warp];
    if ((warpWaiting[warp] & lanes) != lanes) return;
    u32 ballot = 0;
    for (u32 rest = lanes; rest != 0; rest &= rest - 1) {
        const u32 lane = static_cast<u32>(__builtin_ctz(rest));
        const DeviceThread& other = threads[base + lane];
        if (other.mask != thread.mask || other.warpOp != thread.warpOp) return; // a deadlock, unless others come
        if (other.deposit != 0) ballot |= 1u << lane;
    }
    ++warpEpochs[warp];
    warpWaiting[warp] &= ~lanes;
    // In the plain order a warp goes on at once, lane 0 first: its stacks are still in the cache. The others let all warps
    // take turns.
    auto& goOn = order == Order::Forward ? round : ready;
    for (u32 rest = lanes; rest != 0;) {
        const u32 lane = 31 - static_cast<u32>(__builtin_clz(rest));
        rest &= ~(1u << lane);
        DeviceThread& other = threads[base + lane];
        if (other.warpOp == WarpOp::Ballot) other.result = ballot;
        if (other.warpOp == WarpOp::Shuffle) {
            // The value of a lane that is absent or not named is undefined on a GPU: all ones, a NaN, here.
            const bool present =
                other.source >= 0 && other.source < static_cast<int>(warpLanes) && (lanes >> other.source & 1) != 0;
            other.result = present ? threads[base + static_cast<u32>(other.source)].deposit : ~u64(0);
        }
        other.state = ThreadState::Ready;
        goOn.push_back(number(other));
    }
}

} // namespace standin
