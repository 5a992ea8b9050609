// The native threads that stand for the GPU. All kernels and products run on them, never on a thread of the host program:
// a .NET runtime must not find one of its threads on a fiber's stack.
#pragma once
#include "common.h"

#include <functional>

namespace standin {

// Runs `work` on the first device thread and waits for it. Calls are served one after another. On that thread itself it
// just runs.
void onDeviceThread(const std::function<void()>& work);

// To be called on the first device thread: runs work(0) there and work(1) .. work(count - 1) on others, and waits.
void inParallel(int count, const std::function<void(int)>& work);

} // namespace standin
