#include "device_thread.h"

#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

namespace standin {

namespace {

// A thread that sleeps until it is given something to do. It lives as long as the process.
class NativeThread {
public:
    NativeThread() {
        std::thread([this] { serve(); }).detach();
    }

    void start(const std::function<void()>& work) {
        {
            std::lock_guard lock(mutex_);
            work_ = &work;
        }
        changed_.notify_all();
    }

    void finish() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return work_ == nullptr; });
    }

private:
    void serve() {
        // Signals of the host program are not for this thread, faults of kernels are.
        sigset_t blocked;
        sigfillset(&blocked);
        for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&blocked, fault);
        pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return work_ != nullptr; });
            const auto* work = work_;
            lock.unlock();
            (*work)();
            lock.lock();
            work_ = nullptr;
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
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
