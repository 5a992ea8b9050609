// The values behind cudaGraphConditionalHandle.
#pragma once
#include "common.h"

namespace standin {

// A handle. The graph that it was made for and all copies of that graph share it.
class ConditionalHandle {
public:
    // `assignsDefault`: each launch of the graph begins with the default value.
    ConditionalHandle(unsigned defaultValue, bool assignsDefault);
    ~ConditionalHandle();
    ConditionalHandle(const ConditionalHandle&) = delete;
    u64 number() const { return number_; }

private:
    u64 number_;
};

bool isConditional(u64 handle);

// Called from kernels and between them. False for an unknown handle.
bool setConditional(u64 handle, unsigned value);
unsigned conditionalValue(u64 handle);
void assignDefault(u64 handle);

} // namespace standin
