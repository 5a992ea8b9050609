// When do two accesses race? See races.cpp.
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

// Compares an access with what the cell remembers of this `launch`, then makes the cell remember it.
Conflict touchCell(Cell& cell, u32 launch, const Accessor& accessor, bool write, bool atomic);

} // namespace standin
