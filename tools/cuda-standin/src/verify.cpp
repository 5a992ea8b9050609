#include "verify.h"

#include "report.h"

#include <cmath>
#include <cstring>

namespace standin {

namespace {

// Sums by atomics depend on the order in their last bits: such words are compared as float32.
bool almostEqual(const char* a, const char* b) {
    float x, y;
    std::memcpy(&x, a, 4);
    std::memcpy(&y, b, 4);
    return std::fabs(x - y) <= 1e-5f * std::max(std::fabs(x), std::fabs(y));
}

} // namespace

MemorySnapshot::MemorySnapshot() {
    arena().forEach([this](const Buffer& buffer) { buffers_.emplace_back(buffer, std::string(buffer.begin, buffer.size)); });
}

void MemorySnapshot::restore() const {
    for (const auto& [buffer, bytes] : buffers_) std::memcpy(buffer.begin, bytes.data(), bytes.size());
}

void MemorySnapshot::compare(const std::string& kernel) const {
    for (const auto& [buffer, bytes] : buffers_) {
        if (std::memcmp(buffer.begin, bytes.data(), bytes.size()) == 0) continue;
        for (u64 at = 0; at < buffer.size; ++at) {
            if (buffer.begin[at] == bytes[at]) continue;
            const u64 word = at / 4 * 4;
            if (word + 4 <= buffer.size && almostEqual(buffer.begin + word, bytes.data() + word)) {
                at = word + 3;
                continue;
            }
            report("ORDER " + kernel,
                   format("ORDER: the result of %s depends on the order of its threads (byte %llu of a buffer of %llu): "
                          "a missing barrier or a race",
                          kernel.c_str(), static_cast<unsigned long long>(at), static_cast<unsigned long long>(buffer.size)));
            return;
        }
    }
}

} // namespace standin
