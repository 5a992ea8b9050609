#include "worker.h"

#include "arena.h"
#include "report.h"

#include <algorithm>
#include <cstring>

namespace standin {

__thread Worker* currentWorker __attribute__((tls_model("initial-exec"))) = nullptr;

void Worker::prepare(Kernel& launched, void** argumentPointers, Dim3 grid, Dim3 blockDim, u32 sharedBytes, u32 serial,
                     Order threadOrder, u64 seed) {
    kernel = &launched;
    entry = launched.entry(id);
    image = launched.module->copy(id);
    arguments = argumentPointers;
    image->context->gridDim = grid;
    image->context->blockDim = blockDim;
    dynamicBytes = sharedBytes;
    launch = serial;
    checks = shadow().enabled();
    arenaBegin = arena().begin();
    failure = Success;
    order = threadOrder;
    random = seed * 0x9E3779B97F4A7C15ull + serial * 0xD1B54A32D192ED03ull + static_cast<u64>(id);
    const auto count = static_cast<std::size_t>(blockDim.count());
    const auto warps = (count + warpLanes - 1) / warpLanes;
    threads.resize(count);
    warpEpochs.resize(warps);
    warpAlive.resize(warps);
    warpWaiting.resize(warps);
    for (std::size_t i = 0; i < count; ++i) {
        const auto n = static_cast<u32>(i);
        threads[i].index = {n % blockDim.x, n / blockDim.x % blockDim.y, n / (blockDim.x * blockDim.y)};
    }
    if (checks) {
        const auto words = static_cast<std::size_t>(image->sharedEnd - image->sharedBegin + 3) / 4 + (sharedBytes + 3) / 4;
        sharedShadow.state.resize(words);
        if (sharedShadow.cells.size() < words) sharedShadow.cells.resize(words);
        if (sharedShadow.byteCells.size() < words * 4) sharedShadow.byteCells.resize(words * 4);
    }
}

void Worker::fillShared() {
    // Shared memory starts as NaN, so that a value read before it was written spoils the result in plain mode too.
    std::memset(image->sharedBegin, 0xFF, static_cast<std::size_t>(image->sharedEnd - image->sharedBegin));
    std::memset(image->dynamicShared, 0xFF, dynamicBytes);
    if (!checks) return;
    std::fill(sharedShadow.state.begin(), sharedShadow.state.end(), u8{0});
    ++sharedShadow.serial;
}

void Worker::startBlock(u32 linear) {
    ThreadContext& context = *image->context;
    block = linear;
    context.block = {linear % context.gridDim.x, linear / context.gridDim.x % context.gridDim.y,
                     linear / context.gridDim.x / context.gridDim.y};
    const auto count = static_cast<u32>(threads.size());
    live = count;
    atBarrier = 0;
    epoch = 1;
    barrierOp = BarrierOp::None;
    barrierVotes = 0;
    if (!finished) stacks.reset(); // the threads of the last block left theirs behind
    finished = false;
    aborted = false;
    std::fill(warpEpochs.begin(), warpEpochs.end(), u16{1});
    std::fill(warpWaiting.begin(), warpWaiting.end(), 0u);
    for (u32 w = 0; w < warpAlive.size(); ++w) {
        const u32 lanes = std::min(warpLanes, count - w * warpLanes);
        warpAlive[w] = lanes == warpLanes ? ~0u : (1u << lanes) - 1;
    }
    ready.clear();
    for (u32 i = 0; i < count; ++i) {
        threads[i].state = ThreadState::New;
        ready.push_back(i);
    }
    fillShared();
}

bool Worker::runBlock(u32 linear) {
    startBlock(linear);
    while (live > 0) {
        if (ready.empty() && !releaseBarrier()) {
            reportDeadlock();
            failure = LaunchFailed;
            return false;
        }
        round.swap(ready);
        ready.clear();
        arrangeRound();
        switchAway(&scheduler);
        if (aborted) return false;
    }
    finished = true;
    return true;
}

// The round is run from its end.
void Worker::arrangeRound() {
    for (std::size_t i = order == Order::Shuffle ? round.size() : 0; i-- > 1;) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        std::swap(round[i], round[(random >> 33) % (i + 1)]);
    }
    if (order != Order::Reverse) std::reverse(round.begin(), round.end());
}

void Worker::setCurrent(DeviceThread& thread) {
    current = &thread;
    currentIndex = number(thread);
    image->context->thread = thread.index;
    image->context->lane = static_cast<int>(currentIndex % warpLanes);
}

void Worker::resume(DeviceThread& thread, void** save) {
    if (thread.state == ThreadState::New) thread.stack = stacks.take(&Worker::threadMain, &thread.stackPointer);
    setCurrent(thread);
    standinSwitchStack(save, thread.stackPointer);
}

DeviceThread& Worker::takeNext() {
    DeviceThread& thread = threads[round.back()];
    round.pop_back();
    return thread;
}

// Goes on with the next thread of the round, or with the scheduler when the round is over.
void Worker::switchAway(void** save) {
    if (round.empty()) return standinSwitchStack(save, scheduler);
    DeviceThread& thread = takeNext();
    if (!round.empty()) { // the stacks of a block do not fit the first-level cache: fetch the one after
        const char* following = static_cast<const char*>(threads[round.back()].stackPointer);
        __builtin_prefetch(following);
        __builtin_prefetch(following + 64);
    }
    resume(thread, save);
}

void Worker::threadMain() {
    for (;;) {
        currentWorker->entry(currentWorker->arguments);
        currentWorker->finishThread();
    }
}

// The running thread has returned from the kernel. In the common case the next one starts on this very stack.
void Worker::finishThread() {
    DeviceThread& done = *current;
    const u32 n = currentNumber(), warp = n / warpLanes;
    done.state = ThreadState::Done;
    --live;
    warpAlive[warp] &= ~(1u << n % warpLanes);
    for (u32 waiting = warpWaiting[warp]; waiting != 0; waiting &= waiting - 1)
        tryWarp(threads[warp * warpLanes + static_cast<u32>(__builtin_ctz(waiting))]);
    if (!round.empty() && threads[round.back()].state == ThreadState::New) {
        DeviceThread& following = takeNext();
        following.stack = done.stack;
        setCurrent(following);
        return;
    }
    stacks.give(done.stack);
    void* dead;
    switchAway(&dead);
    __builtin_unreachable();
}

void Worker::wait() { switchAway(&current->stackPointer); }

void Worker::abortBlock(Result why) {
    failure = why;
    aborted = true;
    void* dead;
    standinSwitchStack(&dead, scheduler);
    __builtin_unreachable();
}

bool Worker::releaseBarrier() {
    if (atBarrier == 0 || atBarrier != live) return false;
    atBarrier = 0;
    ++epoch;
    barrierResult = barrierOp == BarrierOp::Count ? static_cast<int>(barrierVotes)
                  : barrierOp == BarrierOp::And   ? barrierVotes == live
                                                  : barrierVotes > 0;
    barrierVotes = 0;
    const DeviceThread* first = nullptr;
    for (auto& thread : threads) {
        if (thread.state != ThreadState::AtBarrier) continue;
        if (first == nullptr) first = &thread;
        const bool sameFile = first->file == thread.file || std::strcmp(first->file, thread.file) == 0;
        if (first->line != thread.line || !sameFile)
            report("DIVERGENT BARRIER " + kernel->name,
                   format("DIVERGENT BARRIER: %s block %u: thread %u waits at __syncthreads() [%s:%d] and thread %u at [%s:%d]",
                          kernel->name.c_str(), block, number(*first), first->file, first->line, number(thread), thread.file,
                          thread.line));
        thread.state = ThreadState::Ready;
        ready.push_back(number(thread));
    }
    return true;
}

void Worker::reportDeadlock() {
    static const char* const names[] = {"not started", "ready", "at __syncthreads()", "at a warp operation", "exited"};
    std::string text = format("DEADLOCK: %s block %u:", kernel->name.c_str(), block);
    for (int state = 0; state < 5; ++state) {
        u32 count = 0;
        const DeviceThread* example = nullptr;
        for (const auto& thread : threads)
            if (static_cast<int>(thread.state) == state && count++ == 0) example = &thread;
        if (count == 0) continue;
        text += format(" %u threads %s (thread %u", count, names[state], number(*example));
        if (example->state == ThreadState::AtWarp) text += format(" names lanes 0x%08x", example->mask);
        if (example->state == ThreadState::AtWarp || example->state == ThreadState::AtBarrier)
            text += format(" [%s:%d]", example->file, example->line);
        text += ");";
    }
    report("DEADLOCK " + kernel->name, text);
}

std::string Worker::where() const {
    const Dim3& b = image->context->block;
    const Dim3& t = current->index;
    return format("%s block(%u,%u,%u) thread(%u,%u,%u)", kernel->name.c_str(), b.x, b.y, b.z, t.x, t.y, t.z);
}

} // namespace standin
