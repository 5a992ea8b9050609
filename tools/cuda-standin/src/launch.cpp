#include "launch.h"

#include "arena.h"
#include "config.h"
#include "context.h"
#include "device_thread.h"
#include "faults.h"
#include "report.h"
#include "stats.h"
#include "verify.h"
#include "worker.h"

#include <atomic>
#include <cstring>

namespace standin {

namespace {

// Below so many CUDA threads waking a second worker costs more than it gains.
constexpr u64 threadsWorthSharing = 2048;

Worker& worker(int id) {
    static auto& all = *new std::vector<std::unique_ptr<Worker>>();
    while (static_cast<int>(all.size()) <= id) all.push_back(std::make_unique<Worker>(static_cast<int>(all.size())));
    return *all[static_cast<std::size_t>(id)];
}

// Which block runs as number i: forward, backward, or scattered by a stride that has no common factor with the count.
class BlockOrder {
public:
    BlockOrder(u64 count, Order order, u64 seed) : count_(count), order_(order) {
        if (order != Order::Shuffle) return;
        stride_ = (seed * 0x9E3779B97F4A7C15ull >> 20) % count | 1;
        while (greatestCommonDivisor(stride_, count) != 1) stride_ += 2;
        start_ = seed * 0xD1B54A32D192ED03ull % count;
    }
    u64 operator[](u64 i) const {
        if (order_ == Order::Forward) return i;
        if (order_ == Order::Reverse) return count_ - 1 - i;
        return static_cast<u64>((static_cast<unsigned __int128>(i) * stride_ + start_) % count_);
    }

private:
    static u64 greatestCommonDivisor(u64 a, u64 b) { return b == 0 ? a : greatestCommonDivisor(b, a % b); }
    u64 count_, stride_ = 1, start_ = 0;
    Order order_;
};

} // namespace

Launch::Launch(Kernel& kernel, Dim3 grid, Dim3 block, u32 sharedBytes, void** arguments)
    : kernel_(kernel), grid_(grid), block_(block), sharedBytes_(sharedBytes), range_(openRanges()) {
    for (std::size_t i = 0; i < kernel.argumentSizes.size(); ++i) {
        const std::size_t bytes = kernel.argumentSizes[i], offset = slots_.size();
        offsets_.push_back(offset);
        slots_.resize(offset + (bytes + 15) / 16 * 2);
        std::memcpy(&slots_[offset], arguments[i], bytes);
    }
}

Result Launch::runBlocks(Order order, const Config& settings) const {
    static u32 serial = 0;
    ++serial;
    const u64 blocks = grid_.count();
    const bool share = blocks > 1 && blocks * block_.count() >= threadsWorthSharing;
    const int count = share ? static_cast<int>(std::min<u64>(static_cast<u64>(settings.activeWorkers()), blocks)) : 1;
    std::vector<void*> pointers;
    for (const auto offset : offsets_) pointers.push_back(const_cast<u64*>(&slots_[offset]));
    for (int i = 0; i < count; ++i)
        worker(i).prepare(kernel_, pointers.data(), grid_, block_, sharedBytes_, serial, order, settings.seed);

    const BlockOrder blockOrder(blocks, order, settings.seed + serial);
    std::atomic<u64> next{0};
    std::atomic<bool> sound{true};
    std::atomic<int> failure{Success};
    inParallel(count, [&](int id) {
        Worker& mine = worker(id);
        currentWorker = &mine;
        const bool clean = runGuarded(
            [&] {
                for (u64 i; sound && (i = next.fetch_add(1)) < blocks;)
                    if (!mine.runBlock(static_cast<u32>(blockOrder[i]))) sound = false;
            },
            [&] { return mine.where(); });
        if (!clean) mine.failure = IllegalAddress;
        if (mine.failure != Success) {
            failure = mine.failure;
            sound = false;
        }
        mine.current = nullptr;
        currentWorker = nullptr;
    });
    return static_cast<Result>(failure.load());
}

// Device memory before the launch, after a forward run and after a reversed run of the same launch: equal or reported.
Result Launch::runVerified() const {
    MemorySnapshot before;
    if (const Result failed = runBlocks(Order::Forward, config()); failed != Success) return failed;
    MemorySnapshot forward;
    before.restore();
    if (const Result failed = runBlocks(Order::Reverse, config()); failed != Success) return failed;
    forward.compare(kernel_.name);
    return Success;
}

// In plain mode a write a little past a buffer hits its canary: look at the buffers that the arguments point to.
void Launch::checkArgumentBuffers() const {
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
        if (kernel_.argumentSizes[i] != sizeof(void*)) continue;
        const void* address;
        std::memcpy(&address, &slots_[offsets_[i]], sizeof address);
        if (!arena().reserved(address)) continue;
        if (const Buffer* buffer = arena().find(address)) arena().checkCanaries(*buffer);
    }
}

void Launch::run() const {
    if (stickyError() != Success) return;
    if (!isKernel(&kernel_)) {
        report("UNLOADED: a graph launches a kernel whose module was unloaded");
        return setStickyError(InvalidHandle);
    }
    const Config& settings = config();
    const Result result = settings.verify ? runVerified() : runBlocks(settings.order, settings);
    ++stats().launches;
    recordLaunch(range_, kernel_.name);
    if (result == Success)
        checkArgumentBuffers();
    else
        setStickyError(result);
    if (settings.check && !kernel_.module->instrumented) shadow().markEverythingInitialised();
}

} // namespace standin
