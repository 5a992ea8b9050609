#include "conditional.h"

#include <map>
#include <mutex>

namespace standin {

namespace {

struct Value {
    unsigned value, defaultValue;
    bool assignsDefault;
};

struct Table {
    std::mutex mutex;
    std::map<u64, Value> values;
    u64 next = 0xC0DE0001;
};

Table& table() {
    static Table& instance = *new Table();
    return instance;
}

} // namespace

ConditionalHandle::ConditionalHandle(unsigned defaultValue, bool assignsDefault) {
    auto& all = table();
    std::lock_guard lock(all.mutex);
    number_ = all.next++;
    all.values[number_] = {0, defaultValue, assignsDefault};
}

ConditionalHandle::~ConditionalHandle() {
    auto& all = table();
    std::lock_guard lock(all.mutex);
    all.values.erase(number_);
}

bool isConditional(u64 handle) {
    auto& all = table();
    std::lock_guard lock(all.mutex);
    return all.values.count(handle) != 0;
}

bool setConditional(u64 handle, unsigned value) {
    auto& all = table();
    std::lock_guard lock(all.mutex);
    const auto found = all.values.find(handle);
    if (found == all.values.end()) return false;
    found->second.value = value;
    return true;
}

unsigned conditionalValue(u64 handle) {
    auto& all = table();
    std::lock_guard lock(all.mutex);
    const auto found = all.values.find(handle);
    return found == all.values.end() ? 0 : found->second.value;
}

void assignDefault(u64 handle) {
    auto& all = table();
    std::lock_guard lock(all.mutex);
    const auto found = all.values.find(handle);
    if (found != all.values.end() && found->second.assignsDefault) found->second.value = found->second.defaultValue;
}

} // namespace standin
