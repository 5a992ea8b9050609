// libnvrtc: kernel texts are compiled by g++ to a shared object, which stands for CUBIN and PTX alike.
#include "api.h"
#include "config.h"
#include "files.h"
#include "image_symbols.h"
#include "kernel_text.h"
#include "module.h"
#include "nvrtc_options.h"
#include "process.h"

#include <cstring>
#include <filesystem>

using namespace standin;

namespace standin {

struct Program {
    std::string source, name, log, image;
    std::vector<std::pair<std::string, std::string>> headers; // name and text
    bool machineCode = false;
};

} // namespace standin

namespace {

// Numbers of nvrtcResult.
enum NvrtcResult {
    NvrtcSuccess = 0,
    NvrtcOutOfMemory = 1,
    NvrtcInvalidInput = 3,
    NvrtcInvalidProgram = 4,
    NvrtcInvalidOption = 5,
    NvrtcCompilation = 6
};

constexpr char preprocessedFile[] = "standin-preprocessed.ii", objectFile[] = "standin-kernel.so";

using Command = std::vector<std::string>;

void append(Command& command, std::initializer_list<const char*> more) {
    command.insert(command.end(), more.begin(), more.end());
}

Command preprocessCommand(const Program& program, const CompileOptions& options) {
    Command command{config().compiler,
                    "-E",
                    "-x",
                    "c++",
                    "-std=" + options.standard,
                    "-nostdinc",
                    "-nostdinc++",
                    "-w",
                    "-D__CUDA_ARCH__=" + std::to_string(options.architecture * 10)};
    command.insert(command.end(), options.preprocessor.begin(), options.preprocessor.end());
    append(command, {"-I.", "-include"});
    command.push_back(libraryFolder() + "/cuda_shim.h");
    command.push_back(program.name);
    append(command, {"-o", preprocessedFile});
    return command;
}

Command compileCommand(const CompileOptions& options, bool check) {
    Command command{config().compiler, "-std=" + options.standard};
    append(command, {"-shared", "-nostdlib", "-fPIC", "-fvisibility=hidden", "-fno-gnu-unique", "-fno-exceptions", "-fno-rtti",
                     "-fwrapv", "-fno-strict-aliasing", "-fno-math-errno", "-fno-trapping-math", "-fstack-clash-protection", "-w",
                     "-march=native", "-Wl,-Bsymbolic", "-Wl,--build-id=none"});
    command.push_back(options.contract ? "-ffp-contract=fast" : "-ffp-contract=off");
    // Check mode: accesses as the text has them (no vectors, no loops made into memset), and the line of each (-g1: of variables
    // nobody asks, and they would take most of the time). Unoptimised, a copied struct would be an access of its size, which its
    // alignment need not allow.
    if (check)
        append(command, {"-O1", "-gdwarf-4", "-g1", "-fno-tree-loop-distribute-patterns", "-fsanitize=thread", "-fsanitize=bounds",
                         "-fno-sanitize-recover=bounds", "--param=tsan-instrument-func-entry-exit=0",
                         "--param=tsan-distinguish-volatile=1"});
    else if (!config().optimize)
        append(command, {"-O0", "-fno-stack-protector"});
    else // runs no slower than with -O3, is compiled in half the time, and still contracts
        append(command, {"-O1", "-fexpensive-optimizations", "-fno-stack-protector"});
    command.push_back("-Wl,-T," + libraryFolder() + "/kernel.ld");
    append(command, {preprocessedFile, "-o", objectFile});
    return command;
}

bool writeSources(const Program& program, const std::string& folder) {
    for (const auto& [name, text] : program.headers) {
        const std::string path = folder + "/" + name;
        std::error_code failed;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
        if (failed || !writeFile(path, text)) return false;
    }
    return writeFile(folder + "/" + program.name, program.source);
}

std::string makeImage(const std::string& object, bool check) {
    ImageHeader header{};
    std::memcpy(header.magic, imageMagic, sizeof header.magic);
    header.build = buildId();
    header.instrumented = check;
    header.bytes = object.size();
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + object;
}

bool run(Program& program, const Command& command, const std::string& folder) {
    std::string output;
    const int status = runProcess(command, folder, output);
    program.log += output;
    return status == 0;
}

int compile(Program& program, const CompileOptions& options, bool check) {
    const ScratchFolder scratch;
    const std::string& folder = scratch.path();
    if (folder.empty() || !writeSources(program, folder)) {
        program.log += "cuda stand-in: cannot write to " + temporaryFolder() + "\n";
        return NvrtcOutOfMemory;
    }
    if (!run(program, preprocessCommand(program, options), folder)) return NvrtcCompilation;
    std::string text = readFile(folder + "/" + preprocessedFile);
    text = bindDynamicShared(text);
    text += entryPoints(findKernels(text));
    if (!writeFile(folder + "/" + preprocessedFile, text) || !run(program, compileCommand(options, check), folder))
        return NvrtcCompilation;
    const std::string object = readFile(folder + "/" + objectFile);
    if (object.empty()) return NvrtcCompilation;
    for (const auto& [kernel, bytes] : sharedBytesOfKernels(object)) {
        if (bytes <= defaultSharedBytes) continue;
        program.log += format("ptxas error   : Entry function '%s' uses too much shared data (0x%llx bytes, 0x%x max)\n",
                              kernel.c_str(), static_cast<unsigned long long>(bytes), defaultSharedBytes);
        return NvrtcCompilation;
    }
    program.image = makeImage(object, check);
    program.machineCode = options.machineCode;
    return NvrtcSuccess;
}

// A name that g++ can write beside the headers.
std::string fileName(const char* name) {
    if (name == nullptr || *name == 0) return "default_program";
    const std::string all = name;
    return all.substr(all.find_last_of("/\\") + 1);
}

} // namespace

int nvrtcVersion(int* major, int* minor) {
    *major = 12;
    *minor = config().nvrtc;
    return NvrtcSuccess;
}

const char* nvrtcGetErrorString(int error) {
    switch (error) {
        case NvrtcSuccess: return "NVRTC_SUCCESS";
        case NvrtcOutOfMemory: return "NVRTC_ERROR_OUT_OF_MEMORY";
        case NvrtcInvalidInput: return "NVRTC_ERROR_INVALID_INPUT";
        case NvrtcInvalidProgram: return "NVRTC_ERROR_INVALID_PROGRAM";
        case NvrtcInvalidOption: return "NVRTC_ERROR_INVALID_OPTION";
        case NvrtcCompilation: return "NVRTC_ERROR_COMPILATION";
        default: return "NVRTC_ERROR unknown";
    }
}

int nvrtcGetNumSupportedArchs(int* count) {
    *count = static_cast<int>(supportedArchitectures().size());
    return NvrtcSuccess;
}

int nvrtcGetSupportedArchs(int* architectures) {
    for (const int architecture : supportedArchitectures()) *architectures++ = architecture;
    return NvrtcSuccess;
}

int nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char* name, int headers, const char* const* headerTexts,
                       const char* const* headerNames) {
    if (program == nullptr || source == nullptr || headers < 0) return NvrtcInvalidInput;
    auto made = std::make_unique<Program>();
    made->source = source;
    made->name = fileName(name);
    for (int i = 0; i < headers; ++i) {
        const std::string header = headerNames[i];
        if (header.empty() || header[0] == '/' || header.find("..") != std::string::npos) return NvrtcInvalidInput;
        made->headers.emplace_back(header, headerTexts[i]);
    }
    *program = made.release();
    return NvrtcSuccess;
}

int nvrtcDestroyProgram(nvrtcProgram* program) {
    if (program == nullptr || *program == nullptr) return NvrtcInvalidProgram;
    delete *program;
    *program = nullptr;
    return NvrtcSuccess;
}

int nvrtcCompileProgram(nvrtcProgram program, int count, const char* const* options) {
    if (program == nullptr) return NvrtcInvalidProgram;
    program->log.clear();
    program->image.clear();
    CompileOptions parsed;
    if (!parseOptions(count, options, parsed, program->log)) return NvrtcInvalidOption;
    constexpr int firstWithConditions = 4;
    if (config().nvrtc < firstWithConditions && program->source.find("cudaGraphSetConditional") != std::string::npos) {
        program->log = "ptxas fatal   : Unresolved extern function 'cudaGraphSetConditional'\n";
        return NvrtcCompilation;
    }
    return compile(*program, parsed, config().check);
}

int nvrtcGetCUBINSize(nvrtcProgram program, size_t* bytes) {
    if (program == nullptr) return NvrtcInvalidProgram;
    *bytes = program->machineCode ? program->image.size() : 0;
    return NvrtcSuccess;
}

int nvrtcGetCUBIN(nvrtcProgram program, char* image) {
    if (program == nullptr || !program->machineCode) return NvrtcInvalidProgram;
    std::memcpy(image, program->image.data(), program->image.size());
    return NvrtcSuccess;
}

int nvrtcGetPTXSize(nvrtcProgram program, size_t* bytes) {
    if (program == nullptr) return NvrtcInvalidProgram;
    *bytes = program->image.size();
    return NvrtcSuccess;
}

int nvrtcGetPTX(nvrtcProgram program, char* image) {
    if (program == nullptr) return NvrtcInvalidProgram;
    std::memcpy(image, program->image.data(), program->image.size());
    return NvrtcSuccess;
}

int nvrtcGetProgramLogSize(nvrtcProgram program, size_t* bytes) {
    if (program == nullptr) return NvrtcInvalidProgram;
    *bytes = program->log.size() + 1;
    return NvrtcSuccess;
}

int nvrtcGetProgramLog(nvrtcProgram program, char* text) {
    if (program == nullptr) return NvrtcInvalidProgram;
    std::memcpy(text, program->log.c_str(), program->log.size() + 1);
    return NvrtcSuccess;
}
