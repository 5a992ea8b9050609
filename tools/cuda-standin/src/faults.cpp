#include "faults.h"

#include "arena.h"
#include "report.h"
#include "worker.h"

#include <csetjmp>
#include <csignal>
#include <map>
#include <mutex>

namespace standin {

namespace {

struct Guard {
    sigjmp_buf back;
    const std::function<std::string()>* where;
};

thread_local Guard* guard = nullptr;

constexpr int faultSignals[] = {SIGSEGV, SIGBUS, SIGFPE};

struct Previous {
    struct sigaction actions[3];
};

Previous& previous() {
    static Previous& instance = *new Previous();
    return instance;
}

std::string explain(int signal, const void* address) {
    if (signal == SIGFPE) return "divides an integer by zero";
    if (currentWorker != nullptr && currentWorker->stacks.isGuard(address)) return "needs more than 60 KiB of local memory";
    return "accesses memory " + arena().describe(address);
}

// Not a fault of the device: whoever handled the signal before us (the .NET runtime) gets it.
void passOn(int signal, siginfo_t* info, void* context, const struct sigaction& action) {
    if ((action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction != nullptr) return action.sa_sigaction(signal, info, context);
    if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) return action.sa_handler(signal);
    std::signal(signal, SIG_DFL); // the instruction faults again when this handler returns
}

void onFault(int signal, siginfo_t* info, void* context) {
    if (guard == nullptr) {
        for (int i = 0; i < 3; ++i)
            if (faultSignals[i] == signal) passOn(signal, info, context, previous().actions[i]);
        return;
    }
    report("FAULT: " + (*guard->where)() + " " + explain(signal, info->si_addr));
    siglongjmp(guard->back, 1);
}

// The handler must be the outermost one; the host may have set its own since the last launch.
void installHandlers() {
    static std::mutex& mutex = *new std::mutex();
    std::lock_guard lock(mutex);
    for (int i = 0; i < 3; ++i) {
        struct sigaction present;
        sigaction(faultSignals[i], nullptr, &present);
        if ((present.sa_flags & SA_SIGINFO) != 0 && present.sa_sigaction == onFault) continue;
        previous().actions[i] = present;
        struct sigaction ours {};
        ours.sa_sigaction = onFault;
        ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&ours.sa_mask);
        sigaction(faultSignals[i], &ours, nullptr);
    }
}

// A fault in a fiber may mean that its stack is used up, so the handler needs one of its own.
void ensureSignalStack() {
    static thread_local bool done = false;
    if (done) return;
    done = true;
    stack_t present;
    if (sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
    stack_t ours{};
    ours.ss_size = 256 << 10;
    ours.ss_sp = reserveAddresses(ours.ss_size, true);
    sigaltstack(&ours, nullptr);
}

} // namespace

bool runGuarded(const std::function<void()>& work, const std::function<std::string()>& where) {
    ensureSignalStack();
    installHandlers();
    Guard mine;
    mine.where = &where;
    Guard* outer = guard;
    const bool clean = sigsetjmp(mine.back, 1) == 0;
    if (clean) {
        guard = &mine;
        work();
    }
    guard = outer;
    return clean;
}

} // namespace standin
