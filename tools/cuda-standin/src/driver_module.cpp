// libcuda: modules, functions and launches.
#include "context.h"
#include "launch.h"
#include "module.h"
#include "report.h"
#include "stream.h"

#include <set>

using namespace standin;

namespace {

enum FunctionAttribute {
    MaxThreads = 0,
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

Result refuse(const Kernel& kernel, const std::string& why) {
    report("LAUNCH REFUSED: " + kernel.name + ": " + why);
    return InvalidValue;
}

Result checkShape(const Kernel& kernel, Dim3 grid, Dim3 block, u32 sharedBytes) {
    if (grid.count() == 0 || block.count() == 0) return refuse(kernel, "a dimension is 0");
    if (block.count() > maxBlockThreads || block.z > 64)
        return refuse(kernel, format("a block of %u x %u x %u threads: 1024 at most, z 64 at most", block.x, block.y, block.z));
    if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535)
        return refuse(kernel, format("a grid of %u x %u x %u blocks: y and z 65535 at most", grid.x, grid.y, grid.z));
    if (sharedBytes > kernel.maxDynamicShared)
        return refuse(kernel,
                      format("%u bytes of dynamic shared memory: %u allowed; cuFuncSetAttribute raises that to %u at most",
                             sharedBytes, kernel.maxDynamicShared, maxSharedBytes));
    return Success;
}

} // namespace

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, int*, void**) {
    STANDIN_ENTER();
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (image == nullptr) return InvalidValue;
    std::unique_ptr<Module> loaded;
    if (const Result result = loadModule(image, loaded); result != Success) return result;
    modules().insert(loaded.get());
    *module = loaded.release();
    return Success;
}

CUresult cuModuleUnload(CUmodule module) {
    std::lock_guard lock(apiMutex());
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
        case MaxThreads: *value = static_cast<int>(maxBlockThreads); return Success;
        case PtxVersion:
        case BinaryVersion: *value = 80; return Success;
        case MaxDynamicShared: *value = static_cast<int>(function->maxDynamicShared); return Success;
        case 1:
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
