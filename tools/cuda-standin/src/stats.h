// Counters for tests: README.md documents their order. They only grow, but for the live bytes.
#pragma once
#include "common.h"

#include <atomic>

namespace standin {

struct Stats {
    std::atomic<u64> allocations{0}, frees{0}, launches{0}, graphLaunches{0}, hostWaits{0}, bytesToDevice{0}, bytesToHost{0};
    std::atomic<u64> graphNodes{0};
};

Stats& stats();

// NVTX: the ranges open on the calling thread, "step/conv1.rop".
std::string openRanges();

// Remembers a launch for standinLaunches, when recording is on.
void recordLaunch(const std::string& ranges, const std::string& name);

} // namespace standin
