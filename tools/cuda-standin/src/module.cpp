#include "module.h"

#include "files.h"
#include "image_symbols.h"
#include "process.h"

#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unistd.h>
#include <unordered_set>

namespace standin {

namespace {

std::unordered_set<const Kernel*>& loadedKernels() {
    static auto& instance = *new std::unordered_set<const Kernel*>();
    return instance;
}

std::string uniqueObjectPath() {
    static std::atomic<u64> counter{0}; // never the same path twice: the loader would hand out the earlier copy
    return format("%s/pose-standin-%d-%llu.so", temporaryFolder().c_str(), getpid(), static_cast<unsigned long long>(counter++));
}

// Images call back into this library. A host such as .NET loads it with local symbols; this makes them global.
void exportOwnSymbols() {
    static const bool done = [] {
        Dl_info info;
        return dladdr(reinterpret_cast<void*>(&exportOwnSymbols), &info) != 0
            && dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL) != nullptr;
    }();
    (void)done;
}

template <class T> T symbol(void* handle, const std::string& name) { return reinterpret_cast<T>(dlsym(handle, name.c_str())); }

void findExtent(ImageCopy& copy) {
    link_map* map = nullptr;
    dlinfo(copy.handle, RTLD_DI_LINKMAP, &map);
    struct Search {
        ElfW(Addr) base;
        ImageCopy* copy;
    } search{map->l_addr, &copy};
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* data) {
            auto& wanted = *static_cast<Search*>(data);
            if (info->dlpi_addr != wanted.base) return 0;
            wanted.copy->imageBegin = reinterpret_cast<char*>(info->dlpi_addr);
            wanted.copy->imageEnd = wanted.copy->imageBegin;
            for (int i = 0; i < info->dlpi_phnum; ++i) {
                const auto& part = info->dlpi_phdr[i];
                if (part.p_type != PT_LOAD) continue;
                char* end = reinterpret_cast<char*>(info->dlpi_addr + part.p_vaddr + part.p_memsz);
                if (end > wanted.copy->imageEnd) wanted.copy->imageEnd = end;
            }
            return 1;
        },
        &search);
}

// addr2line names the innermost inlined function first: the first place outside the shim is the kernel text's.
std::string kernelLine(const std::string& places) {
    std::string line = "?";
    for (std::size_t at = 0; at < places.size(); at = places.find('\n', at) + 1) {
        line = places.substr(at, places.find_first_of(" \n", at) - at);
        line = line.substr(line.rfind('/') + 1);
        if (line.compare(0, 11, "cuda_shim.h") != 0) break;
        if (places.find('\n', at) == std::string::npos) break;
    }
    return line;
}

} // namespace

u64 buildId() { return STANDIN_BUILD_ID; }

bool isKernel(const Kernel* kernel) { return loadedKernels().count(kernel) != 0; }

Module::~Module() {
    for (const auto& [name, own] : kernels) loadedKernels().erase(own.get());
    for (auto& copy : copies)
        if (copy != nullptr) dlclose(copy->handle);
}

ImageCopy* Module::copy(int worker) {
    const auto index = static_cast<std::size_t>(worker);
    if (copies.size() <= index) copies.resize(index + 1);
    if (copies[index] != nullptr) return copies[index].get();
    const std::string path = uniqueObjectPath();
    if (!writeFile(path, object)) {
        loadError = "cannot write " + path;
        return nullptr;
    }
    exportOwnSymbols();
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) loadError = dlerror();
    unlink(path.c_str());
    if (handle == nullptr) return nullptr;
    auto made = std::make_unique<ImageCopy>();
    made->handle = handle;
    made->context = *symbol<ThreadContext**>(handle, "__standin_context_at");
    made->sharedBegin = *symbol<char**>(handle, "__standin_shared_begin");
    made->sharedEnd = *symbol<char**>(handle, "__standin_shared_end");
    made->dynamicShared = *symbol<char**>(handle, "__standin_dynamic_at");
    findExtent(*made);
    copies[index] = std::move(made);
    return copies[index].get();
}

Kernel* Module::kernel(const std::string& kernelName) {
    if (const auto found = kernels.find(kernelName); found != kernels.end()) return found->second.get();
    ImageCopy* first = copy(0);
    const auto* count = symbol<const int*>(first->handle, "__standin_count_" + kernelName);
    if (count == nullptr) return nullptr;
    const auto* sizes = *symbol<const int**>(first->handle, "__standin_sizes_" + kernelName);
    auto made = std::make_unique<Kernel>();
    made->module = this;
    made->name = kernelName;
    made->mostThreads = static_cast<u32>(*symbol<const int*>(first->handle, "__standin_threads_" + kernelName));
    made->staticShared = static_cast<u32>(sharedBytes[kernelName]);
    made->argumentSizes.assign(sizes, sizes + *count);
    loadedKernels().insert(made.get());
    return (kernels[kernelName] = std::move(made)).get();
}

Kernel::Entry Kernel::entry(int worker) {
    const auto index = static_cast<std::size_t>(worker);
    if (entries.size() <= index) entries.resize(index + 1);
    if (entries[index] == nullptr) entries[index] = symbol<Entry>(module->copy(worker)->handle, "__standin_call_" + name);
    return entries[index];
}

const std::string& Module::sourceLine(const void* programCounter) {
    const auto found = lines.find(programCounter);
    if (found != lines.end()) return found->second;
    std::string& line = lines[programCounter];
    line = "?";
    Dl_info info;
    const std::string path = uniqueObjectPath();
    if (dladdr(programCounter, &info) == 0 || !writeFile(path, object)) return line;
    // A return address belongs to the instruction before it.
    const u64 offset = reinterpret_cast<u64>(programCounter) - 1 - reinterpret_cast<u64>(info.dli_fbase);
    std::string output;
    if (runProcess({"addr2line", "-i", "-e", path, format("0x%llx", static_cast<unsigned long long>(offset))}, "", output) == 0)
        line = kernelLine(output);
    unlink(path.c_str());
    return line;
}

Result loadModule(const void* image, std::unique_ptr<Module>& module, std::string& log) {
    ImageHeader header;
    if (std::memcmp(image, imageMagic, sizeof header.magic) != 0) {
        log = "cuda stand-in: this is no image of its NVRTC";
        return InvalidImage;
    }
    std::memcpy(&header, image, sizeof header);
    if (header.build != buildId()) {
        log = format("cuda stand-in: the image is of build %016llx, this is build %016llx",
                     static_cast<unsigned long long>(header.build), static_cast<unsigned long long>(buildId()));
        return NoBinaryForGpu;
    }
    auto made = std::make_unique<Module>();
    made->object.assign(static_cast<const char*>(image) + sizeof header, header.bytes);
    made->instrumented = header.instrumented != 0;
    made->sharedBytes = sharedBytesOfKernels(made->object);
    if (made->copy(0) == nullptr) {
        log = "cuda stand-in: " + made->loadError;
        return InvalidImage;
    }
    module = std::move(made);
    return Success;
}

} // namespace standin
