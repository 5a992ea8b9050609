// Each defect of broken.cu must be found in check mode, whatever the order of threads.
#include "harness.h"

#include <sstream>

namespace selftest {

namespace {

// The lines of the source between "void NAME(" and the next kernel that say "defect".
std::vector<int> defectLines(const std::string& source, const std::string& kernel) {
    std::vector<int> lines;
    std::istringstream in(source);
    bool inside = false;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.find("__global__") != std::string::npos) inside = line.find("void " + kernel + "(") != std::string::npos;
        if (inside && line.find("defect") != std::string::npos) lines.push_back(number);
    }
    return lines;
}

bool namesDefect(const std::string& report, const std::string& source, const std::string& kernel) {
    for (const int line : defectLines(source, kernel))
        if (report.find("[broken.cu:" + std::to_string(line) + "]") != std::string::npos) return true;
    return false;
}

// One mode: its broken kernels compiled, and asserting what is found.
class BrokenMode {
public:
    BrokenMode(const std::string& settings, bool check) : settings_(settings), check_(check), source_(readKernels("broken.cu")) {
        configure(settings);
        module_ = compile(source_, "broken.cu");
    }
    ~BrokenMode() { cuModuleUnload(module_); }

    // A defect that this mode finds, with the word that the report begins with and, where known, the line.
    template <class... A> void finds(const char* kernel, const char* kind, bool withLine, unsigned blocks, unsigned threads,
                                     unsigned shared, A... arguments) {
        launch(function(module_, kernel), blocks, threads, shared, arguments...);
        cuStreamSynchronize(stream);
        const std::string report = findings();
        const bool kindOk = report.find(kind) != std::string::npos;
        const bool lineOk = !withLine || namesDefect(report, source_, kernel);
        result(settings_ + " finds " + kernel, kindOk && lineOk, report.substr(0, report.find('\n')));
        standinClearError();
    }

    bool checks() const { return check_; }

private:
    std::string settings_;
    bool check_;
    std::string source_;
    CUmodule module_ = nullptr;
};

// Found without instrumentation too: guard pages, canaries and the scheduler see to it.
void findAlways(BrokenMode& mode) {
    const bool line = mode.checks();
    const char* bounds = line ? "OUT OF BOUNDS" : "FAULT";
    {
        DeviceArray page(4096), x(ramp(1024)), y(4096);
        mode.finds("oob_write", bounds, line, 5, 256, 0, page.address(), 1024);
        mode.finds("oob_read", bounds, line, 4, 256, 0, x.address(), y.address(), 1024);
    }
    {
        DeviceArray odd(4000), bytes(1001);
        mode.finds("oob_write", line ? bounds : "CANARY", line, 4, 256, 0, odd.address(), 1000);
        mode.finds("oob_byte", line ? bounds : "CANARY", line, 4, 256, 0, bytes.address(), 1001);
        mode.finds("oob_before", bounds, line, 1, 32, 0, odd.address());
    }
    DeviceArray y(ramp(1024));
    mode.finds("divergent_barrier", "DIVERGENT BARRIER", true, 1, 64, 0, y.address());
    mode.finds("unequal_barriers", "DEADLOCK", false, 1, 64, 0, y.address());
    mode.finds("half_warp_shuffle", "DEADLOCK", false, 1, 32, 0, y.address());
    mode.finds("lane_not_in_mask", "WARP MASK", true, 1, 32, 0, y.address());
    CUdeviceptr freed;
    CHECK(cuMemAlloc_v2(&freed, 4096));
    CHECK(cuMemFree_v2(freed));
    mode.finds("use_after_free", bounds, line, 1, 64, 0, freed);
    mode.finds("divide_by_zero", "divides an integer by zero", false, 1, 1, 0, y.address(), 0);
    mode.finds("deep_stack", "local memory", false, 1, 1, 0, y.address(), 3);
}

void findByChecking(BrokenMode& mode) {
    const std::vector<float> host = ramp(64);
    DeviceArray x(ramp(1024)), y(ramp(1024)), odd(ramp(1000)), fresh(4096);
    mode.finds("oob_read", "OUT OF BOUNDS", true, 4, 256, 0, odd.address(), y.address(), 1000);
    mode.finds("missing_sync", "RACE", true, 1, 256, 0, x.address(), y.address());
    mode.finds("missing_sync_hidden", "RACE", true, 1, 256, 0, x.address(), y.address());
    mode.finds("missing_sync_after", "RACE", true, 1, 256, 0, x.address(), y.address());
    mode.finds("shared_overrun", "ARRAY INDEX", true, 1, 64, 0, y.address());
    mode.finds("dynamic_overrun", "OUT OF BOUNDS", true, 1, 64, 64 * 4, y.address());
    mode.finds("uninitialised_global", "UNINITIALISED", true, 1, 64, 0, fresh.address(), y.address());
    mode.finds("uninitialised_shared", "UNINITIALISED", true, 1, 64, 0, y.address());
    mode.finds("block_race", "RACE", true, 4, 32, 0, y.address());
    mode.finds("block_read_race", "RACE", true, 4, 32, 0, y.address());
    mode.finds("thread_race", "RACE", true, 1, 64, 0, y.address());
    mode.finds("byte_race", "RACE", true, 1, 64, 0, y.address());
    DeviceArray records(ramp(10 * 3 - 1));
    mode.finds("struct_tail", "OUT OF BOUNDS", true, 1, 32, 0, records.address(), y.address(), 10);
    mode.finds("missing_syncwarp", "RACE", true, 1, 32, 0, y.address());
    mode.finds("host_pointer", "OUT OF BOUNDS", true, 1, 32, 0, host.data(), y.address());
    mode.finds("misaligned", "MISALIGNED", true, 1, 32, 0, x.address(), y.address());
    mode.finds("plain_beside_atomic", "RACE", true, 1, 64, 0, y.address());
}

// Without instrumentation a missing barrier shows as a result that depends on the order of threads.
void findByOrder(BrokenMode& mode) {
    DeviceArray x(ramp(1024)), y(ramp(1024));
    for (const char* kernel : {"missing_sync", "missing_sync_hidden", "missing_sync_after"})
        mode.finds(kernel, "ORDER", false, 1, 256, 0, x.address(), y.address());
    mode.finds("block_race", "ORDER", false, 4, 32, 0, y.address());
}

} // namespace

void brokenKernels() {
    for (const char* order : {"forward", "reverse", "shuffle:1", "shuffle:2"}) {
        {
            BrokenMode plain(std::string("mode=plain;lazy=0;workers=2;order=") + order, false);
            findAlways(plain);
        }
        BrokenMode checked(std::string("mode=check;lazy=0;order=") + order, true);
        findAlways(checked);
        findByChecking(checked);
    }
    BrokenMode lazy("mode=check;lazy=1;order=forward", true);
    findAlways(lazy);
    {
        BrokenMode verified("mode=plain;lazy=0;order=forward;verify=1", false);
        findByOrder(verified);
    }
    configure("mode=plain;lazy=0;order=forward;verify=0");
}

} // namespace selftest
