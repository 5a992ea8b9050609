// The one device's context: its lock, its sticky error, and what each entry point checks first.
#pragma once
#include "api.h"
#include "common.h"

#include <mutex>

namespace standin {

// Held by every entry point of the driver and of cuBLAS.
std::mutex& apiMutex();

// An error of a kernel stays: every later call returns it, as on a GPU, until standinClearError.
Result stickyError();
void setStickyError(Result error);
void clearStickyError();

bool initialised();
void markInitialised();

Context* primaryContext();
Context*& currentContext(); // of the calling thread

// NotInitialized, InvalidContext, the sticky error, or Success.
Result enter();

} // namespace standin

// The beginning of an entry point that needs a context.
#define STANDIN_ENTER()                                                                                                          \
    std::lock_guard<std::mutex> apiLock(standin::apiMutex());                                                                    \
    if (const Result entered = standin::enter(); entered != Success) return entered
