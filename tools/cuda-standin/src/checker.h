// Check mode: every memory access of an instrumented kernel comes here.
#pragma once
#include "common.h"

namespace standin {

enum class Access { Read, Write, Atomic, AtomicWrite };

// Checks bounds, initialisation and races of an access by the running CUDA thread, and remembers it. Does nothing in plain
// mode. An access out of bounds ends the block.
void checkAccess(void* address, u64 bytes, Access access, const void* programCounter);

// Reports an access whose address is no multiple of its size and ends the block; does nothing in plain mode.
void refuseMisaligned(void* address, u64 bytes, Access access, const void* programCounter);

} // namespace standin
