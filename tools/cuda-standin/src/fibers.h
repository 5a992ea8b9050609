// Stacks for the CUDA threads of a block, and the switch from one to another.
#pragma once
#include "common.h"

#include <vector>

namespace standin {

// Saves the running stack pointer in *save and continues on the stack `load`: six registers, about 20 ns.
extern "C" void standinSwitchStack(void** save, void* load);

class StackPool {
public:
    static constexpr u64 stackBytes = 64 << 10;

    StackPool();

    // Makes all stacks free.
    void reset();

    // Takes a free stack which, when switched to, calls `entry`.
    int take(void (*entry)(), void** stackPointer);
    void give(int stack) { free_.push_back(stack); }

    bool holds(const void* address) const {
        return static_cast<u64>(static_cast<const char*>(address) - base_) < stackBytes * maxBlockThreads;
    }
    // Whether the address lies in the page without access below a stack.
    bool isGuard(const void* address) const {
        return holds(address) && static_cast<u64>(static_cast<const char*>(address) - base_) % stackBytes < guardBytes;
    }

private:
    static constexpr u64 guardBytes = 4096;
    char* base_;
    std::vector<int> free_;
};

} // namespace standin
