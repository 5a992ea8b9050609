#include "stats.h"

#include "api.h"
#include "arena.h"
#include "config.h"
#include "context.h"
#include "report.h"
#include "shadow.h"
#include "stream.h"

#include <cstdio>
#include <cstring>

namespace standin {

namespace {

std::mutex& recordMutex() {
    static std::mutex& instance = *new std::mutex();
    return instance;
}

std::string& recorded() {
    static std::string& instance = *new std::string();
    return instance;
}

thread_local std::vector<std::string> ranges;

// Copies text and its NUL; false, and nothing copied, when it does not fit.
bool fill(char* target, int capacity, const std::string& text) {
    if (target == nullptr || capacity <= static_cast<int>(text.size())) return false;
    std::memcpy(target, text.c_str(), text.size() + 1);
    return true;
}

} // namespace

Stats& stats() {
    static Stats& instance = *new Stats();
    return instance;
}

std::string openRanges() {
    std::string path;
    for (const auto& range : ranges) path += (path.empty() ? "" : "/") + range;
    return path;
}

void recordLaunch(const std::string& path, const std::string& name) {
    if (!config().record) return;
    std::lock_guard lock(recordMutex());
    recorded() += path + '\t' + name + '\n';
}

} // namespace standin

using namespace standin;

int nvtxRangePushA(const char* message) {
    ranges.emplace_back(message == nullptr ? "" : message);
    return static_cast<int>(ranges.size()) - 1;
}

int nvtxRangePop() {
    if (ranges.empty()) return -1;
    ranges.pop_back();
    return static_cast<int>(ranges.size());
}

CUresult standinConfigure(const char* settings) {
    std::lock_guard lock(apiMutex());
    drainAllStreams();
    std::string error;
    if (!applySettings(config(), settings == nullptr ? "" : settings, error)) {
        std::fprintf(stderr, "cuda stand-in: %s\n", error.c_str());
        return InvalidValue;
    }
    if (config().check)
        shadow().enable();
    else
        shadow().disable();
    return Success;
}

int standinTakeReport(char* text, int capacity) {
    {
        std::lock_guard lock(apiMutex());
        arena().checkAllCanaries();
    }
    std::string all;
    const int count = takeReport(all);
    if (text != nullptr && capacity > 0) std::snprintf(text, static_cast<std::size_t>(capacity), "%s", all.c_str());
    return count;
}

void standinClearError() {
    std::lock_guard lock(apiMutex());
    clearStickyError();
}

void standinGetStats(long long* counters) {
    std::lock_guard lock(apiMutex());
    const Stats& s = stats();
    const u64 values[standinCounters] = {s.allocations,   s.frees,       s.launches,          s.graphLaunches, s.hostWaits,
                                         s.bytesToDevice, s.bytesToHost, arena().usedBytes(), s.graphNodes};
    for (int i = 0; i < standinCounters; ++i) counters[i] = static_cast<long long>(values[i]);
}

int standinLaunches(char* text, int capacity) {
    std::lock_guard lock(recordMutex());
    const int length = static_cast<int>(recorded().size());
    if (fill(text, capacity, recorded())) recorded().clear();
    return length;
}
