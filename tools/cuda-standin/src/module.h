// A loaded kernel image: a shared object that nvrtc.cpp made. Each worker gets a private copy, so that `static` storage
// in it serves as the shared memory of the block that the worker runs.
#pragma once
#include "api.h"
#include "common.h"

#include <map>
#include <memory>
#include <vector>

namespace standin {

// The container that stands for a CUBIN or PTX: this header, then the bytes of the shared object.
struct ImageHeader {
    char magic[8];
    u64 build;        // of the stand-in that made it: another one's images are refused, as another GPU's would be
    u32 instrumented; // made in check mode
    u32 reserved;
    u64 bytes;
};
constexpr char imageMagic[9] = "POSECUDA";
u64 buildId();

struct ImageCopy {
    void* handle;
    ThreadContext* context;
    char *sharedBegin, *sharedEnd; // the __shared__ variables of all kernels of the image
    char* dynamicShared;           // maxSharedBytes
    char *imageBegin, *imageEnd;   // everything that was loaded: constants may be read anywhere in it
};

struct Kernel {
    using Entry = void (*)(void** arguments);
    Module* module;
    std::string name;
    std::vector<u32> argumentSizes;
    u32 mostThreads = maxBlockThreads;
    u32 staticShared = 0; // of its own and of the functions that it may call
    u32 maxDynamicShared = defaultSharedBytes;
    std::vector<Entry> entries; // by worker

    Entry entry(int worker);
};

struct Module {
    std::string object;
    bool instrumented;
    std::vector<std::unique_ptr<ImageCopy>> copies;
    std::map<std::string, std::unique_ptr<Kernel>> kernels;
    std::map<std::string, u64> sharedBytes; // of each kernel
    std::map<const void*, std::string> lines;

    ~Module();

    // The copy of a worker, loaded on first use. Null with the loader's message in `loadError`.
    ImageCopy* copy(int worker);
    std::string loadError;

    // The kernel of that name, or null.
    Kernel* kernel(const std::string& kernelName);

    // "conv.cu:123" of a program counter in the image, from its debug information.
    const std::string& sourceLine(const void* programCounter);
};

std::size_t destroyModules(); // with their context; how many there were

// Whether the kernel's module is loaded.
bool isKernel(const Kernel* kernel);

// Makes a module of the container at `image`: Success, or InvalidImage or NoBinaryForGpu with the reason in `log`.
Result loadModule(const void* image, std::unique_ptr<Module>& module, std::string& log);

} // namespace standin
