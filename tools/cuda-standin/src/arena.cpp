#include "arena.h"

#include "config.h"
#include "report.h"
#include "shadow.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace standin {

namespace {

constexpr u64 page = 4096;
constexpr u64 alignment = 256;
constexpr u8 canary = 0xC5;
constexpr u64 canaryBytes = 512; // at most so many on each side are looked at

u64 roundUp(u64 value, u64 multiple) { return (value + multiple - 1) / multiple * multiple; }

// The pages of a fresh buffer are private copies of this file: they hold NaN, and cost memory and time when they are first
// touched. A library's work area of megabytes costs nothing as long as nobody uses it.
class NanFile {
public:
    static constexpr u64 bytes = 4 << 20;

    NanFile() : file_(memfd_create("standin-nan", MFD_CLOEXEC)) {
        if (file_ < 0 || ftruncate(file_, bytes) != 0) return;
        void* whole = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
        if (whole == MAP_FAILED) return;
        std::memset(whole, 0xFF, bytes);
        munmap(whole, bytes);
        filled_ = true;
    }

    // Maps it over whole pages, again and again. False where that does not work.
    bool cover(char* low, char* high) const {
        for (; filled_ && low < high; low += bytes) {
            const auto part = std::min<u64>(bytes, static_cast<u64>(high - low));
            const int flags = MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED;
            if (mmap(low, part, PROT_READ | PROT_WRITE, flags, file_, 0) == MAP_FAILED) return false;
        }
        return filled_;
    }

private:
    int file_;
    bool filled_ = false;
};

// Fills fresh memory with NaN.
void fillFresh(char* begin, u64 bytes) {
    constexpr u64 worthMapping = 128 << 10;
    static const NanFile& file = *new NanFile();
    char* low = begin + (page - reinterpret_cast<u64>(begin) % page) % page;
    char* high = begin + bytes - (reinterpret_cast<u64>(begin) + bytes) % page;
    if (bytes < worthMapping || !file.cover(low, high)) return static_cast<void>(std::memset(begin, 0xFF, bytes));
    std::memset(begin, 0xFF, static_cast<std::size_t>(low - begin));
    std::memset(high, 0xFF, static_cast<std::size_t>(begin + bytes - high));
}

bool mendCanaries(char* from, char* to, char*& firstBad) {
    bool intact = true;
    for (char* p = from; p < to; ++p) {
        if (static_cast<u8>(*p) == canary) continue;
        if (intact) firstBad = p;
        intact = false;
        *p = static_cast<char>(canary);
    }
    return intact;
}

} // namespace

char* reserveAddresses(u64 bytes, bool accessible) {
    void* result =
        mmap(nullptr, bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (result != MAP_FAILED) return static_cast<char*>(result);
    std::fprintf(stderr, "cuda stand-in: %llu MiB of address space are refused: lift ulimit -v or vm.overcommit_memory=2\n",
                 static_cast<unsigned long long>(bytes >> 20));
    std::abort();
}

void dropPages(void* begin, u64 bytes, bool accessible) {
    void* result = mmap(begin, bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (result == MAP_FAILED) std::abort(); // the range was ours and of whole pages
}

Arena::Arena() : base_(reserveAddresses(reservedBytes, false)), top_(base_) {}

Arena& arena() {
    static Arena& instance = *new Arena();
    return instance;
}

char* Arena::allocate(u64 bytes, bool pinned) {
    if (!pinned && (bytes > config().memory || used_ + bytes > config().memory)) return nullptr;
    const u64 aligned = roundUp(bytes, alignment), span = roundUp(aligned, page);
    char* low = top_ + page; // the page before it stays without access
    if (offset(low) + span + page > reservedBytes || mprotect(low, span, PROT_READ | PROT_WRITE) != 0) return nullptr;
    top_ = low + span;
    char* begin = low + span - aligned; // as near to the guard page behind as the alignment allows
    std::memset(low, canary, static_cast<std::size_t>(begin - low));
    fillFresh(begin, bytes);
    std::memset(begin + bytes, canary, aligned - bytes);
    live_[begin] = {begin, bytes, low, span, pinned};
    if (!pinned) used_ += bytes;
    shadow().addBuffer(begin, bytes, pinned);
    return begin;
}

bool Arena::release(char* begin, bool pinned) {
    const auto found = live_.find(begin);
    if (found == live_.end() || found->second.pinned != pinned) return false;
    const Buffer buffer = found->second;
    checkCanaries(buffer);
    shadow().removeBuffer(buffer.begin, buffer.size);
    dropPages(buffer.low, buffer.span, false);
    live_.erase(found);
    freed_[begin] = buffer;
    if (!pinned) used_ -= buffer.size;
    return true;
}

std::size_t Arena::releaseAll() {
    const std::size_t count = live_.size();
    while (!live_.empty()) release(live_.begin()->first, live_.begin()->second.pinned);
    return count;
}

const Buffer* Arena::find(const void* address) const {
    char* p = static_cast<char*>(const_cast<void*>(address));
    auto after = live_.upper_bound(p);
    if (after == live_.begin()) return nullptr;
    const Buffer& buffer = std::prev(after)->second;
    return p < buffer.end() ? &buffer : nullptr;
}

bool Arena::holds(const void* address, u64 bytes) const {
    const Buffer* buffer = find(address);
    return buffer != nullptr && bytes <= static_cast<u64>(buffer->end() - static_cast<const char*>(address));
}

void Arena::checkCanaries(const Buffer& buffer) const {
    char* bad = nullptr;
    char* top = buffer.low + buffer.span;
    char* before = buffer.begin - buffer.low > static_cast<long>(canaryBytes) ? buffer.begin - canaryBytes : buffer.low;
    if (!mendCanaries(before, buffer.begin, bad) || !mendCanaries(buffer.end(), top, bad))
        report(format("CANARY: a byte %s was overwritten", describe(bad).c_str()));
}

void Arena::checkAllCanaries() const {
    for (const auto& [begin, buffer] : live_) checkCanaries(buffer);
}

std::string Arena::describe(const void* address) const {
    char* p = static_cast<char*>(const_cast<void*>(address));
    if (!reserved(p)) return format("at %p, which is not device memory", address);
    auto freedAfter = freed_.upper_bound(p);
    if (freedAfter != freed_.begin()) {
        const Buffer& buffer = std::prev(freedAfter)->second;
        if (p < buffer.low + buffer.span)
            return format("at offset %lld of a FREED buffer of %llu bytes", static_cast<long long>(p - buffer.begin),
                          static_cast<unsigned long long>(buffer.size));
    }
    auto after = live_.upper_bound(p);
    const Buffer* next = after == live_.end() ? nullptr : &after->second;
    const Buffer* previous = after == live_.begin() ? nullptr : &std::prev(after)->second;
    const bool nearNext = next != nullptr && (previous == nullptr || next->begin - p < p - previous->end());
    if (nearNext)
        return format("%lld bytes before a buffer of %llu bytes", static_cast<long long>(next->begin - p),
                      static_cast<unsigned long long>(next->size));
    if (previous == nullptr) return format("at %p, outside every buffer", address);
    if (p < previous->end())
        return format("at offset %lld of a buffer of %llu bytes", static_cast<long long>(p - previous->begin),
                      static_cast<unsigned long long>(previous->size));
    return format("%lld bytes after the end of a buffer of %llu bytes", static_cast<long long>(p - previous->end()),
                  static_cast<unsigned long long>(previous->size));
}

void Arena::forEach(const std::function<void(const Buffer&)>& visit) const {
    for (const auto& [begin, buffer] : live_) visit(buffer);
}

} // namespace standin
