// The modes of the stand-in: read from POSE_STANDIN_* once, changed at run time by standinConfigure.
#pragma once
#include "common.h"

namespace standin {

enum class Order { Forward, Reverse, Shuffle };

struct Config {
    bool check = false; // MODE=check: instrument kernels; bounds, races, uninitialised reads
    Order order = Order::Forward;
    u64 seed = 1;
    bool lazy = false;       // LAZY=1: a stream's work runs only at a wait or a query
    bool optimize = true;    // OPTIMIZE=0: plain kernels are compiled in a third of the time, and run several times slower
    bool verify = false;     // VERIFY=1: run each launch forward and reversed and compare device memory
    bool conditional = true; // CONDITIONAL=0: pretend that WHILE nodes are not supported
    bool freshContext = false; // FRESHCONTEXT=1: a primary context that is made again has another handle
    u64 shared = defaultSharedBytes; // SHARED=bytes: shared memory of a block that every kernel may have
    u64 body = ~0ull;        // BODY=n: refuse to instantiate a graph with more nodes in the body of a conditional node
    int nvrtc = 4;           // NVRTC=12.n: the version that NVRTC says it is; before 12.4 kernels cannot set conditions
    bool record = false;     // RECORD=1: remember the names of launches for standinLaunches
    int workers = 1;
    u64 memory = 8ull << 30;
    u64 pinned = ~0ull; // PINNED=bytes: the most that one page-locked block may have
    std::string compiler = "g++";

    // Check mode keeps one shadow of the shared memory, so it runs one block at a time.
    int activeWorkers() const { return check ? 1 : workers; }
};

// The settings in force.
Config& config();

// Applies "mode=check;order=shuffle:3;lazy=1" to `target`. False, with the reason in `error`, on an unknown key or value;
// nothing is changed then.
bool applySettings(Config& target, const std::string& settings, std::string& error);

} // namespace standin
