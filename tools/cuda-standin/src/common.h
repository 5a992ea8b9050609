// Types that every file of the stand-in uses.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#define STANDIN_EXPORT extern "C" __attribute__((visibility("default")))

namespace standin {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

struct Dim3 {
    u32 x, y, z;
    u64 count() const { return u64(x) * y * z; }
};

// What threadIdx, blockIdx, blockDim and gridDim read. cuda_shim.h declares the same layout, and each loaded copy of a
// kernel image holds one.
struct ThreadContext {
    Dim3 thread, block, blockDim, gridDim;
    int lane;
};

constexpr u32 warpLanes = 32;
constexpr u32 maxBlockThreads = 1024;
constexpr u32 defaultSharedBytes = 48 << 10;
constexpr u32 maxSharedBytes = 227 << 10;

// printf into a std::string.
std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

} // namespace standin
