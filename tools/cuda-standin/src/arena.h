// Device memory and pinned host memory: one range of addresses in which every buffer ends before a page without access,
// freed addresses are never used again, fresh memory is NaN, and the bytes that alignment wastes hold canaries.
#pragma once
#include "common.h"

#include <functional>
#include <map>

namespace standin {

struct Buffer {
    char* begin;
    u64 size;
    char* low; // the accessible pages: [low, low + span)
    u64 span;
    bool pinned; // host memory: the host may write it unseen, and it does not count as device memory
    char* end() const { return begin + size; }
};

class Arena {
public:
    // A buffer of `bytes` > 0, aligned to 256; null when the device's memory (config().memory) or the addresses are used up.
    char* allocate(u64 bytes, bool pinned);

    // False when `begin` is not the beginning of a live buffer of that kind.
    bool release(char* begin, bool pinned);

    std::size_t releaseAll(); // how many there were

    // The live buffer that holds the address, or null.
    const Buffer* find(const void* address) const;

    // Whether [address, address + bytes) lies within one live buffer.
    bool holds(const void* address, u64 bytes) const;

    // Whether the address lies in the reserved range, live or not.
    bool reserved(const void* address) const { return offset(address) < reservedBytes; }
    char* begin() const { return base_; }
    u64 offset(const void* address) const { return static_cast<u64>(static_cast<const char*>(address) - base_); }

    // Reports overwritten canaries of a buffer and mends them.
    void checkCanaries(const Buffer& buffer) const;
    void checkAllCanaries() const;

    // "24 bytes after the end of a buffer of 4000 bytes", for a report.
    std::string describe(const void* address) const;

    void forEach(const std::function<void(const Buffer&)>& visit) const;
    u64 usedBytes() const { return used_; }

    static constexpr u64 reservedBytes = 2048ull << 30;

    Arena();

private:
    char* base_;
    char* top_;
    u64 used_ = 0;
    std::map<char*, Buffer> live_, freed_;
};

Arena& arena();

// Reserves address space that costs memory only where it is touched. Ends the process when the system refuses.
char* reserveAddresses(u64 bytes, bool accessible);

// Gives the pages, and the page tables behind them, back to the system; they read as 0 or cannot be accessed from then on.
void dropPages(void* begin, u64 bytes, bool accessible);

} // namespace standin
