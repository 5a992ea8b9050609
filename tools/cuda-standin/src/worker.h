// A worker runs one block at a time: the CUDA threads of the block are fibers on one native thread, and a switch happens
// where a thread waits at a barrier or a warp operation. No thread of the host program ever runs on a fiber.
#pragma once
#include "common.h"
#include "config.h"
#include "fibers.h"
#include "module.h"
#include "shadow.h"

#include <memory>
#include <vector>

namespace standin {

enum class ThreadState : u8 { New, Ready, AtBarrier, AtWarp, Done };
enum class WarpOp : u8 { Sync, Shuffle, Ballot };
enum class BarrierOp : u8 { None, Count, And, Or };

// One cache line, with what a switch needs.
struct alignas(64) DeviceThread {
    void* stackPointer;
    u64 deposit, result;    // of the pending warp operation
    const char* file;       // where it waits
    int line;
    u32 mask;               // the lanes that the pending warp operation names
    int source;
    int stack;
    Dim3 index;
    ThreadState state;
    WarpOp warpOp;
};
static_assert(sizeof(DeviceThread) == 64);

// The shadow of the shared memory of the block.
struct SharedShadow {
    std::vector<u8> state;
    std::vector<Cell> cells, byteCells;
    u32 serial = 0; // of the block: cells of an earlier one are void
};

struct alignas(256) Worker { // its own cache lines: workers that share one run slower than a single one
    explicit Worker(int number) : id(number) {}

    const int id;
    StackPool stacks;

    // The launch.
    Kernel* kernel = nullptr;
    Kernel::Entry entry = nullptr;
    ImageCopy* image = nullptr;
    void** arguments = nullptr;
    u32 dynamicBytes = 0;
    u32 launch = 0;      // serial number
    bool checks = false; // check mode
    char* arenaBegin = nullptr;
    Order order = Order::Forward;
    u64 random = 0;

    // The block.
    std::vector<DeviceThread> threads;
    DeviceThread* current = nullptr;
    u32 currentIndex = 0;
    u32 block = 0; // linear
    u32 live = 0, atBarrier = 0;
    u16 epoch = 0;
    BarrierOp barrierOp = BarrierOp::None;
    u32 barrierVotes = 0;
    int barrierResult = 0;
    std::vector<u16> warpEpochs;
    std::vector<u32> warpAlive, warpWaiting; // lane masks
    SharedShadow sharedShadow;

    // The scheduler: `round` is being run, from its end, and `ready` is the next one.
    void* scheduler = nullptr;
    std::vector<u32> ready, round;
    bool finished = true;   // the last block ran to its end: all stacks are free
    bool aborted = false;
    Result failure = Success; // why the block was given up

    u32 number(const DeviceThread& thread) const { return static_cast<u32>(&thread - threads.data()); }
    u32 currentNumber() const { return currentIndex; }

    // Sets up for a launch with blocks of these dimensions.
    void prepare(Kernel& launched, void** argumentPointers, Dim3 grid, Dim3 blockDim, u32 sharedBytes, u32 serial,
                 Order threadOrder, u64 seed);

    // Runs block number `linear` of the grid. False after an abort or a deadlock, which was reported; `failure` says why.
    bool runBlock(u32 linear);

    // Called by the running thread: it has set its state to a waiting one and goes on when it is ready again.
    void wait();

    // Called by the running thread: gives the block up.
    [[noreturn]] void abortBlock(Result why);

    // Called when a lane arrived at, or left, the warp: completes the operation that `thread` waits for if all its lanes are there.
    void tryWarp(DeviceThread& thread);

    // "conv_forward block(0,0,1) thread(3,0,0)"
    std::string where() const;

private:
    static void threadMain();
    void startBlock(u32 linear);
    void fillShared();
    void resume(DeviceThread& thread, void** save);
    void switchAway(void** save);
    void finishThread();
    DeviceThread& takeNext();
    void arrangeRound();
    bool releaseBarrier();
    void reportDeadlock();
    void setCurrent(DeviceThread& thread);
};

// The worker of this native thread, null elsewhere.
extern __thread Worker* currentWorker __attribute__((tls_model("initial-exec")));

} // namespace standin
