#include "report.h"

#include <cstdarg>
#include <cstdio>
#include <map>
#include <mutex>
#include <vector>

namespace standin {

namespace {

constexpr std::size_t maxTexts = 40;

struct Findings {
    std::mutex mutex;
    std::map<std::string, u64> counts;
    std::vector<std::pair<std::string, std::string>> texts; // key and text, in order of discovery
};

Findings& findings() {
    static Findings& instance = *new Findings();
    return instance;
}

} // namespace

std::string format(const char* pattern, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

void report(const std::string& key, const std::string& text) {
    auto& all = findings();
    std::lock_guard lock(all.mutex);
    if (++all.counts[key] == 1 && all.texts.size() < maxTexts) all.texts.emplace_back(key, text);
}

bool countKnownReport(const std::string& key) {
    auto& all = findings();
    std::lock_guard lock(all.mutex);
    const auto found = all.counts.find(key);
    if (found == all.counts.end()) return false;
    ++found->second;
    return true;
}

int takeReport(std::string& text) {
    auto& all = findings();
    std::lock_guard lock(all.mutex);
    const int distinct = static_cast<int>(all.counts.size());
    for (const auto& [key, line] : all.texts) {
        text += line;
        if (const auto count = all.counts[key]; count > 1)
            text += format(" (%llu times)", static_cast<unsigned long long>(count));
        text += '\n';
    }
    all.counts.clear();
    all.texts.clear();
    return distinct;
}

} // namespace standin
