// What the symbol table of a kernel image tells: its kernels and how much static shared memory each needs.
#pragma once
#include "common.h"

#include <map>

namespace standin {

// Bytes of __shared__ variables by kernel: its own, and those of the device functions of the image, which it may call.
std::map<std::string, u64> sharedBytesOfKernels(const std::string& object);

} // namespace standin
