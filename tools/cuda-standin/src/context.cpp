#include "context.h"

#include <atomic>

namespace standin {

struct Context {
    int unused;
};

namespace {

std::atomic<int> sticky{Success};
std::atomic<bool> wasInitialised{false};
Context primary;
thread_local Context* current = nullptr;

} // namespace

std::mutex& apiMutex() {
    static std::mutex& instance = *new std::mutex();
    return instance;
}

Result stickyError() { return static_cast<Result>(sticky.load()); }

void setStickyError(Result error) {
    int none = Success;
    sticky.compare_exchange_strong(none, error);
}

void clearStickyError() { sticky = Success; }

bool initialised() { return wasInitialised; }
void markInitialised() { wasInitialised = true; }

Context* primaryContext() { return &primary; }
Context*& currentContext() { return current; }

Result enter() {
    if (!wasInitialised) return NotInitialized;
    if (current == nullptr) return InvalidContext;
    return stickyError();
}

} // namespace standin
