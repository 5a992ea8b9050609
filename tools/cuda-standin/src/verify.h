// VERIFY=1: a launch must not depend on the order of its threads.
#pragma once
#include "arena.h"

#include <vector>

namespace standin {

// The bytes of all device memory at one moment.
class MemorySnapshot {
public:
    MemorySnapshot();
    void restore() const;

    // Reports the first difference between this snapshot and the present memory that rounding does not explain.
    void compare(const std::string& kernel) const;

private:
    std::vector<std::pair<Buffer, std::string>> buffers_;
};

} // namespace standin
