// When do two accesses race? They do if they touch the same cell, at least one writes, not both are atomic, and no barrier
// orders them:
// - accesses of two blocks are never ordered within a launch;
// - accesses of two warps of a block are ordered by a __syncthreads() between them (the epoch);
// - accesses of two lanes of a warp also by a completed warp operation (the warp epoch): lanes do not run in lock step.
// A cell holds the last write and one read; flags widen that read to "several lanes / warps / blocks read concurrently", so
// that a write by one of the readers still meets the others.
#pragma once
#include "shadow.h"

namespace standin {

// Who accesses, and how many barriers of its block and warp operations of its warp lie behind.
struct Accessor {
    u32 block;
    u16 thread, epoch, warpEpoch;
};

// An earlier access that races with this one.
struct Conflict {
    bool found = false;
    bool earlierWrites = false;
    u32 block = 0;
    u32 thread = 0;
};

inline bool concurrent(const Accessor& me, u32 block, u16 thread, u16 epoch, u16 warpEpoch) {
    if (block != me.block) return true;
    if (thread == me.thread || epoch != me.epoch) return false;
    return thread / warpLanes != me.thread / warpLanes || warpEpoch == me.warpEpoch;
}

inline bool readConcurrently(const Cell& cell, const Accessor& me) {
    if (!cell.has(Cell::Read)) return false;
    if (cell.has(Cell::ManyBlocks)) return true;
    if (cell.readBlock != me.block) return true;
    if (cell.readEpoch != me.epoch) return false;
    if (cell.has(Cell::ManyWarps)) return true;
    if (cell.has(Cell::ManyLanes))
        return cell.readThread / warpLanes != me.thread / warpLanes || cell.readWarpEpoch == me.warpEpoch;
    return concurrent(me, cell.readBlock, cell.readThread, cell.readEpoch, cell.readWarpEpoch);
}

inline void rememberRead(Cell& cell, const Accessor& me) {
    constexpr u32 many = Cell::ManyLanes | Cell::ManyWarps | Cell::ManyBlocks;
    if (cell.has(Cell::Read) && concurrent(me, cell.readBlock, cell.readThread, cell.readEpoch, cell.readWarpEpoch)) {
        if (cell.readBlock != me.block)
            cell.set(Cell::ManyBlocks);
        else
            cell.set(cell.readThread / warpLanes != me.thread / warpLanes ? Cell::ManyWarps : Cell::ManyLanes);
    } else if (!cell.has(Cell::ManyBlocks)) {
        // Everything recorded lies before this read: the block's barrier, or the warp's, was in between.
        if (cell.readEpoch != me.epoch)
            cell.clear(many);
        else if (cell.readThread / warpLanes == me.thread / warpLanes && cell.readWarpEpoch != me.warpEpoch)
            cell.clear(Cell::ManyLanes);
    }
    cell.set(Cell::Read);
    cell.readBlock = me.block;
    cell.readThread = me.thread;
    cell.readEpoch = me.epoch;
    cell.readWarpEpoch = me.warpEpoch;
}

inline void rememberWrite(Cell& cell, const Accessor& me, bool atomic) {
    cell.clear(Cell::WrittenAtomically);
    cell.set(atomic ? Cell::Written | Cell::WrittenAtomically : Cell::Written);
    cell.writeBlock = me.block;
    cell.writeThread = me.thread;
    cell.writeEpoch = me.epoch;
    cell.writeWarpEpoch = me.warpEpoch;
}

// Compares an access with what the cell remembers of this `launch`, then makes the cell remember it.
inline Conflict touchCell(Cell& cell, u32 launch, const Accessor& me, bool write, bool atomic) {
    cell.enterLaunch(launch);
    Conflict conflict;
    const bool bothAtomic = atomic && cell.has(Cell::WrittenAtomically);
    if (cell.has(Cell::Written) && !bothAtomic
        && concurrent(me, cell.writeBlock, cell.writeThread, cell.writeEpoch, cell.writeWarpEpoch))
        conflict = {true, true, cell.writeBlock, cell.writeThread};
    else if (write && readConcurrently(cell, me))
        conflict = {true, false, cell.readBlock, cell.readThread};
    if (write)
        rememberWrite(cell, me, atomic);
    else
        rememberRead(cell, me);
    return conflict;
}

} // namespace standin
