#include "fibers.h"

#include "arena.h"

#include <sys/mman.h>

#if !defined(__x86_64__) || !defined(__linux__)
#error "the stand-in switches stacks in x86-64 System V assembly: build it on x86-64 Linux"
#endif

asm(R"(
.text
.globl standinSwitchStack
.hidden standinSwitchStack
.type standinSwitchStack, @function
standinSwitchStack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size standinSwitchStack, .-standinSwitchStack
)");

namespace standin {

StackPool::StackPool() : base_(reserveAddresses(stackBytes * maxBlockThreads, true)) {
    for (u32 i = 0; i < maxBlockThreads; ++i) mprotect(base_ + i * stackBytes, guardBytes, PROT_NONE);
    free_.reserve(maxBlockThreads);
    reset();
}

void StackPool::reset() {
    free_.clear();
    for (int i = static_cast<int>(maxBlockThreads) - 1; i >= 0; --i) free_.push_back(i);
}

int StackPool::take(void (*entry)(), void** stackPointer) {
    const int stack = free_.back();
    free_.pop_back();
    // Tops at the same offset of their pages would all share a few sets of the first-level cache: spread them.
    char* top = base_ + static_cast<u64>(stack + 1) * stackBytes - 64 - static_cast<u64>(stack) * 320 % 4096;
    auto* slot = reinterpret_cast<u64*>(reinterpret_cast<u64>(top) & ~u64(15));
    *--slot = 0; // the return address of `entry`, which never returns
    *--slot = reinterpret_cast<u64>(entry);
    for (int saved = 0; saved < 6; ++saved) *--slot = 0;
    *stackPointer = slot;
    return stack;
}

} // namespace standin
