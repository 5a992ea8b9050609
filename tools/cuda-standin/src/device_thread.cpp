#include "device_thread.h"

#include <csignal>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <thread>
#include <vector>

namespace standin {

namespace {

// A thread that sleeps until it is given something to do. It lives as long as the process.
class NativeThread {
public:
    NativeThread() {
        sem_init(&given_, 0, 0);
        sem_init(&done_, 0, 0);
        std::thread([this] { serve(); }).detach();
    }

    void start(const std::function<void()>& work) {
        work_ = &work;
        sem_post(&given_);
    }

    void finish() { await(done_); }

private:
    // Most launches are short: look a few times before the system puts the thread to sleep.
    static void await(sem_t& semaphore) {
        for (int look = 0; look < 64; ++look) {
            if (sem_trywait(&semaphore) == 0) return;
            __builtin_ia32_pause();
        }
        while (sem_wait(&semaphore) != 0) {} // interrupted by a signal
    }

    void serve() {
        // Signals of the host program are not for this thread, faults of kernels are.
        sigset_t blocked;
        sigfillset(&blocked);
        for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&blocked, fault);
        pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
        for (;;) {
            await(given_);
            (*work_)();
            sem_post(&done_);
        }
    }

    sem_t given_, done_;
    const std::function<void()>* work_ = nullptr;
};

struct Threads {
    std::mutex turn;
    NativeThread first;
    std::vector<std::unique_ptr<NativeThread>> others;
};

Threads& threads() {
    static Threads& instance = *new Threads();
    return instance;
}

thread_local bool isDeviceThread = false;

} // namespace

void onDeviceThread(const std::function<void()>& work) {
    if (isDeviceThread) return work();
    auto& all = threads();
    std::lock_guard turn(all.turn);
    const std::function<void()> marked = [&] {
        isDeviceThread = true;
        work();
    };
    all.first.start(marked);
    all.first.finish();
}

void inParallel(int count, const std::function<void(int)>& work) {
    auto& others = threads().others;
    while (static_cast<int>(others.size()) < count - 1) others.push_back(std::make_unique<NativeThread>());
    std::vector<std::function<void()>> parts;
    for (int i = 1; i < count; ++i) parts.emplace_back([&work, i] { work(i); });
    for (int i = 1; i < count; ++i) others[static_cast<std::size_t>(i - 1)]->start(parts[static_cast<std::size_t>(i - 1)]);
    work(0);
    for (int i = 1; i < count; ++i) others[static_cast<std::size_t>(i - 1)]->finish();
}

} // namespace standin
