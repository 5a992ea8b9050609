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

// The primary context lives while somebody has retained it. One that is made again is another, though its handle may be the
// same: a thread whose current one was destroyed has none until it sets it again.
Context* retainContext();
int releaseContext(); // how many still hold it; -1 when nobody did
bool isContext(const Context* context);
void makeCurrent(Context* context); // of the calling thread
Context* currentContext();

// NotInitialized, InvalidContext, ContextDestroyed, the sticky error, or Success.
Result enter();

// The same for what gives things back, which a sticky error does not hinder.
Result enterToRelease();

} // namespace standin

// The beginning of an entry point that needs a context.
#define STANDIN_ENTER()                                                                                                          \
    std::lock_guard<std::mutex> apiLock(standin::apiMutex());                                                                    \
    if (const Result entered = standin::enter(); entered != Success) return entered
