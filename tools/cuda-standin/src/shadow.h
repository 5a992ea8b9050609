// The shadow of memory in check mode: which bytes may be touched, which were ever written, and who touched them last in
// the running launch.
#pragma once
#include "common.h"

namespace standin {

// The last accesses to one word (or byte) of memory in one launch. Blocks and threads are numbered linearly. Epochs count
// the barriers of the block and the completed warp operations of the warp; they order two accesses of one block.
struct Cell {
    u32 launchAndFlags;
    u32 writeBlock, readBlock;
    u16 writeThread, readThread;
    u16 writeEpoch, readEpoch;
    u16 writeWarpEpoch, readWarpEpoch;

    enum Flag : u32 {
        Written = 1,
        WrittenAtomically = 2,
        Read = 4,
        ManyLanes = 8,   // concurrent readers of one warp
        ManyWarps = 16,  // concurrent readers of several warps of a block
        ManyBlocks = 32, // readers of several blocks
        Split = 64,      // bytes of this word are tracked one by one
    };
    static constexpr u32 flagBits = 7;
    static constexpr u32 flagMask = (1u << flagBits) - 1;

    // What an earlier launch did is void. (Launch numbers lose their upper bits: after 2^25 launches an old cell could be
    // taken for a new one, if nothing touched it meanwhile.)
    void enterLaunch(u32 launch) {
        const u32 number = launch << flagBits;
        if ((launchAndFlags & ~flagMask) != number) launchAndFlags = number;
    }
    bool has(u32 flags) const { return (launchAndFlags & flags) != 0; }
    void set(u32 flags) { launchAndFlags |= flags; }
    void clear(u32 flags) { launchAndFlags &= ~flags; }
};

// Bit b of each nibble is byte b of the word.
constexpr u8 allTouchable = 0x0F, allInitialised = 0xF0;

class Shadow {
public:
    bool enabled() const { return enabled_; }

    // Starts checking: every live buffer counts as initialised from here on.
    void enable();
    void disable() { enabled_ = false; }

    void addBuffer(const char* begin, u64 bytes, bool initialised);
    void removeBuffer(const char* begin, u64 bytes);
    void markInitialised(const void* begin, u64 bytes);
    void markEverythingInitialised();

    // The first byte of the range that was never written, or null.
    const char* firstUninitialised(const void* begin, u64 bytes) const;

    // Copies which bytes are initialised along with a copy of device memory.
    void copyInitialised(const void* target, const void* source, u64 bytes);

    u8& state(u64 word) { return state_[word]; }
    Cell& cell(u64 word) { return cells_[word]; }
    Cell* byteCells(u64 word) { return byteCells_ + word * 4; }

private:
    void forget();

    bool enabled_ = false;
    u8* state_ = nullptr;
    Cell* cells_ = nullptr;
    Cell* byteCells_ = nullptr;
};

Shadow& shadow();

} // namespace standin
