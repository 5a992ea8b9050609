// The values behind cudaGraphConditionalHandle.
#pragma once
#include "common.h"

namespace standin {

// A new handle; `assignDefault`: each launch of its graph starts with the default value.
u64 createConditional(unsigned defaultValue, bool assignDefault);
void destroyConditional(u64 handle);
bool isConditional(u64 handle);

// Called from kernels and between them. False for an unknown handle.
bool setConditional(u64 handle, unsigned value);
unsigned conditionalValue(u64 handle);
void assignDefault(u64 handle);

} // namespace standin
