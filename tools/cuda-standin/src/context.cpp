#include "context.h"

#include "config.h"

#include <atomic>

namespace standin {

struct Context {
    int references = 0;
    u64 life = 0; // which of the contexts that this handle has named
};

namespace {

std::atomic<int> sticky{Success};
std::atomic<bool> wasInitialised{false};
Context* primary = nullptr;
thread_local Context* current = nullptr;
thread_local u64 currentLife = 0;

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

Context* retainContext() {
    static u64 lives = 0;
    if (primary == nullptr || (primary->references == 0 && config().freshContext)) primary = new Context();
    if (primary->references++ == 0) primary->life = ++lives;
    return primary;
}

int releaseContext() {
    if (primary == nullptr || primary->references == 0) return -1;
    return --primary->references;
}

bool isContext(const Context* context) { return context != nullptr && context == primary && primary->references > 0; }

void makeCurrent(Context* context) {
    current = context;
    currentLife = context == nullptr ? 0 : context->life;
}

Context* currentContext() { return current; }

Result enter() {
    if (!wasInitialised) return NotInitialized;
    if (current == nullptr) return InvalidContext;
    if (!isContext(current) || currentLife != primary->life) return ContextDestroyed;
    return stickyError();
}

Result enterToRelease() {
    const Result entered = enter();
    return entered == stickyError() ? Success : entered;
}

} // namespace standin
