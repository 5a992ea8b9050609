// libcuda: modules, functions and launches.
#include "config.h"
#include "context.h"
#include "launch.h"
#include "module.h"
#include "report.h"
#include "stream.h"

#include <algorithm>
#include <set>

using namespace standin;

namespace {

enum FunctionAttribute {
    MaxThreads = 0,
    StaticShared = 1,
    ConstBytes = 2,
    LocalBytes = 3,
    Registers = 4,
    PtxVersion = 5,
    BinaryVersion = 6,
    MaxDynamicShared = 8,
    Carveout = 9
};

std::set<Module*>& modules() {
    static auto& instance = *new std::set<Module*>();
    return instance;
}

// The caller's buffer for what the translator has to say about a module.
class JitLog {
public:
    // CUjit_option: 5 and 6 are the buffer and its size, 3 and 4 the same for remarks, of which there are none here.
    bool read(unsigned count, const int* keys, void** values) {
        constexpr int infoBuffer = 3, infoBytes = 4, errorBuffer = 5, errorBytes = 6, lastOption = 33;
        if (count > 0 && (keys == nullptr || values == nullptr)) return false;
        for (unsigned i = 0; i < count; ++i) {
            if (keys[i] < 0 || keys[i] > lastOption) return false;
            if (keys[i] == infoBytes) values[i] = nullptr;
            if (keys[i] == infoBuffer && values[i] == nullptr) return false;
            if (keys[i] == errorBuffer) buffer_ = static_cast<char*>(values[i]);
            if (keys[i] == errorBytes) bytes_ = &values[i];
        }
        return (buffer_ == nullptr) == (bytes_ == nullptr);
    }

    // The size becomes that of the text.
    void write(const std::string& text) {
        if (buffer_ == nullptr) return;
        const auto capacity = reinterpret_cast<std::size_t>(*bytes_);
        const std::size_t length = std::min(text.size(), capacity == 0 ? 0 : capacity - 1);
        if (capacity > 0) buffer_[text.copy(buffer_, length)] = 0;
        *bytes_ = reinterpret_cast<void*>(length);
    }

private:
    char* buffer_ = nullptr;
    void** bytes_ = nullptr;
};

Result refuse(const Kernel& kernel, const std::string& why) {
    report("LAUNCH REFUSED: " + kernel.name + ": " + why);
    return InvalidValue;
}

Result checkShape(const Kernel& kernel, Dim3 grid, Dim3 block, u32 sharedBytes) {
    if (grid.count() == 0 || block.count() == 0) return refuse(kernel, "a dimension is 0");
    if (block.count() > maxBlockThreads || block.z > 64)
        return refuse(kernel, format("a block of %u x %u x %u threads: 1024 at most, z 64 at most", block.x, block.y, block.z));
    if (block.count() > kernel.mostThreads) {
        refuse(kernel, format("a block of %llu threads: its __launch_bounds__ say %u at most",
                              static_cast<unsigned long long>(block.count()), kernel.mostThreads));
        return LaunchOutOfResources;
    }
    if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535)
        return refuse(kernel, format("a grid of %u x %u x %u blocks: y and z 65535 at most", grid.x, grid.y, grid.z));
    const u64 shared = u64(kernel.staticShared) + sharedBytes;
    const u64 allowed = std::max<u64>(config().shared, kernel.maxDynamicShared > defaultSharedBytes ? maxSharedBytes : 0);
    if (sharedBytes > kernel.maxDynamicShared || shared > allowed)
        return refuse(kernel, format("%u bytes of static and %u of dynamic shared memory: %llu allowed, %u of them dynamic; "
                                     "cuFuncSetAttribute raises that to %u at most",
                                     kernel.staticShared, sharedBytes, static_cast<unsigned long long>(allowed),
                                     kernel.maxDynamicShared, maxSharedBytes));
    return Success;
}

} // namespace

std::size_t standin::destroyModules() {
    const std::size_t count = modules().size();
    for (Module* module : modules()) delete module;
    modules().clear();
    return count;
}

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, int* keys, void** values) {
    STANDIN_ENTER();
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    JitLog log;
    if (image == nullptr || !log.read(count, keys, values)) return InvalidValue;
    std::unique_ptr<Module> loaded;
    std::string text;
    const Result result = loadModule(image, loaded, text);
    log.write(text);
    if (result != Success) return result;
    modules().insert(loaded.get());
    *module = loaded.release();
    return Success;
}

CUresult cuModuleUnload(CUmodule module) {
    std::lock_guard lock(apiMutex());
    if (const Result entered = enterToRelease(); entered != Success) return entered;
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (modules().erase(module) == 0) return InvalidHandle;
    drainAllStreams();
    delete module;
    return stickyError();
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
    STANDIN_ENTER();
    if (modules().count(module) == 0) return InvalidHandle;
    *function = module->kernel(name);
    return *function == nullptr ? NotFound : Success;
}

CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value) {
    STANDIN_ENTER();
    if (!isKernel(function)) return InvalidHandle;
    if (attribute == Carveout) return Success;
    if (attribute != MaxDynamicShared || value < 0 || value > static_cast<int>(maxSharedBytes)) return InvalidValue;
    function->maxDynamicShared = static_cast<u32>(value);
    return Success;
}

// Registers and local memory are a GPU compiler's matter: 0 here.
CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction function) {
    STANDIN_ENTER();
    if (!isKernel(function)) return InvalidHandle;
    switch (attribute) {
        case MaxThreads: *value = static_cast<int>(function->mostThreads); return Success;
        case PtxVersion:
        case BinaryVersion: *value = 80; return Success;
        case MaxDynamicShared: *value = static_cast<int>(function->maxDynamicShared); return Success;
        case StaticShared: *value = static_cast<int>(function->staticShared); return Success;
        case ConstBytes:
        case LocalBytes:
        case Registers: *value = 0; return Success;
        default: return InvalidValue;
    }
}

CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                        unsigned blockZ, unsigned sharedBytes, CUstream stream, void** arguments, void** extra) {
    STANDIN_ENTER();
    if (!isKernel(function) || !isStream(stream)) return InvalidHandle;
    if (extra != nullptr) return NotSupported;
    const Dim3 grid{gridX, gridY, gridZ}, block{blockX, blockY, blockZ};
    if (const Result refused = checkShape(*function, grid, block, sharedBytes); refused != Success) return refused;
    return submit(resolve(stream), std::make_shared<Launch>(*function, grid, block, sharedBytes, arguments));
}
