#include "shadow.h"

#include "arena.h"

#include <algorithm>
#include <cstring>

namespace standin {

namespace {

constexpr u64 words = Arena::reservedBytes / 4;

// The nibble of the bytes of `word` that lie in [first, end), both offsets into the arena.
u8 bytesOfWord(u64 word, u64 first, u64 end) {
    u8 bits = 0;
    for (u64 b = 0; b < 4; ++b) {
        const u64 at = word * 4 + b;
        if (at >= first && at < end) bits = static_cast<u8>(bits | (1u << b));
    }
    return bits;
}

template <class Change> void forEachWord(const void* begin, u64 bytes, Change change) {
    if (bytes == 0) return;
    const u64 first = arena().offset(begin), end = first + bytes;
    for (u64 word = first / 4; word <= (end - 1) / 4; ++word) {
        const bool whole = word * 4 >= first && word * 4 + 4 <= end;
        change(word, whole ? allTouchable : bytesOfWord(word, first, end));
    }
}

} // namespace

Shadow& shadow() {
    static Shadow& instance = *new Shadow();
    return instance;
}

void Shadow::forget() {
    dropPages(state_, words, true);
    dropPages(cells_, words * sizeof(Cell), true);
    dropPages(byteCells_, words * 4 * sizeof(Cell), true);
}

void Shadow::enable() {
    if (enabled_) return;
    if (state_ == nullptr) {
        state_ = reinterpret_cast<u8*>(reserveAddresses(words, true));
        cells_ = reinterpret_cast<Cell*>(reserveAddresses(words * sizeof(Cell), true));
        byteCells_ = reinterpret_cast<Cell*>(reserveAddresses(words * 4 * sizeof(Cell), true));
    } else {
        forget();
    }
    enabled_ = true;
    arena().forEach([this](const Buffer& buffer) { addBuffer(buffer.begin, buffer.size, true); });
}

void Shadow::addBuffer(const char* begin, u64 bytes, bool initialised) {
    if (!enabled_) return;
    forEachWord(begin, bytes, [&](u64 word, u8 bits) { state_[word] = static_cast<u8>(initialised ? bits | bits << 4 : bits); });
}

void Shadow::removeBuffer(const char* begin, u64 bytes) {
    if (!enabled_) return;
    const u64 first = arena().offset(begin) / 4, count = (bytes + 3) / 4;
    std::memset(state_ + first, 0, count);
    // Whole pages of dead cells go back to the system; addresses are never used again, so the rest need not be cleared.
    const auto giveBack = [](char* from, u64 size) {
        const u64 low = (reinterpret_cast<u64>(from) + 4095) & ~u64(4095),
                  high = (reinterpret_cast<u64>(from) + size) & ~u64(4095);
        if (low < high) dropPages(reinterpret_cast<void*>(low), high - low, true);
    };
    giveBack(reinterpret_cast<char*>(cells_ + first), count * sizeof(Cell));
    giveBack(reinterpret_cast<char*>(byteCells_ + first * 4), count * 4 * sizeof(Cell));
}

void Shadow::markInitialised(const void* begin, u64 bytes) {
    if (!enabled_ || !arena().reserved(begin)) return;
    forEachWord(begin, bytes, [&](u64 word, u8 bits) { state_[word] = static_cast<u8>(state_[word] | bits << 4); });
}

void Shadow::markEverythingInitialised() {
    arena().forEach([this](const Buffer& buffer) { markInitialised(buffer.begin, buffer.size); });
}

const char* Shadow::firstUninitialised(const void* begin, u64 bytes) const {
    if (!enabled_ || bytes == 0 || !arena().reserved(begin)) return nullptr;
    const u64 first = arena().offset(begin), end = first + bytes;
    for (u64 at = first; at < end;) {
        if (at % 4 == 0 && at + 4 <= end && (state_[at / 4] & allInitialised) == allInitialised) {
            at += 4;
            continue;
        }
        if ((state_[at / 4] >> (4 + at % 4) & 1) == 0) return static_cast<const char*>(begin) + (at - first);
        ++at;
    }
    return nullptr;
}

void Shadow::copyInitialised(const void* target, const void* source, u64 bytes) {
    if (!enabled_) return;
    const u64 from = arena().offset(source), to = arena().offset(target);
    for (u64 i = 0; i < bytes; ++i) {
        if (i % 4 == 0 && i + 4 <= bytes && from % 4 == 0 && to % 4 == 0) {
            u8& state = state_[(to + i) / 4];
            state = static_cast<u8>((state & allTouchable) | (state_[(from + i) / 4] & allInitialised));
            i += 3;
            continue;
        }
        const u8 bit = static_cast<u8>(0x10u << ((to + i) % 4));
        u8& state = state_[(to + i) / 4];
        if (state_[(from + i) / 4] >> (4 + (from + i) % 4) & 1)
            state = static_cast<u8>(state | bit);
        else
            state = static_cast<u8>(state & ~bit);
    }
}

} // namespace standin
