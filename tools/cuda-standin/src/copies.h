// Copies and fills of device memory, as operations of a stream.
#pragma once
#include "operation.h"

namespace standin {

enum class CopyKind { ToDevice, ToHost, WithinDevice };

// `owned`, when not empty, holds the bytes to copy: pageable host memory is read when the call is made.
OperationPtr makeCopy(CopyKind kind, void* target, const void* source, u64 bytes, std::string owned = {});
OperationPtr makeFill(void* target, u32 value, int width, u64 count);

} // namespace standin
