#include "harness.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

namespace selftest {

CUstream stream = nullptr;

namespace {

int failed = 0;
bool checking = false;

std::string programFolder() {
    char path[4096];
    const auto length = readlink("/proc/self/exe", path, sizeof path);
    const std::string all(path, length > 0 ? static_cast<size_t>(length) : 0);
    return all.substr(0, all.rfind('/'));
}

} // namespace

void result(const std::string& name, bool ok, const std::string& detail) {
    if (!ok) ++failed;
    std::printf("%-4s %s%s%s\n", ok ? "ok" : "FAIL", name.c_str(), detail.empty() ? "" : "  ", detail.c_str());
    std::fflush(stdout);
}

int failures() { return failed; }

void check(int code, const char* call) {
    if (code == 0) return;
    std::printf("FAIL %s returned %d\n%s", call, code, findings().c_str());
    std::exit(1);
}

void configure(const std::string& settings) {
    standinClearError();
    CHECK(standinConfigure(settings.c_str()));
    const auto mode = settings.find("mode=");
    if (mode != std::string::npos) checking = settings.compare(mode, 10, "mode=check") == 0;
    findings();
}

std::string findings() {
    std::vector<char> text(1 << 16);
    return standinTakeReport(text.data(), static_cast<int>(text.size())) == 0 ? "" : text.data();
}

std::string readKernels(const std::string& file) {
    std::ifstream in(programFolder() + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
}

namespace {

std::string compiledImage(const std::string& source, const std::string& name, const std::vector<std::string>& options) {
    nvrtcProgram program;
    CHECK(nvrtcCreateProgram(&program, source.c_str(), name.c_str(), 0, nullptr, nullptr));
    std::vector<const char*> pointers;
    for (const auto& option : options) pointers.push_back(option.c_str());
    const int code = nvrtcCompileProgram(program, static_cast<int>(pointers.size()), pointers.data());
    if (code != 0) {
        size_t length;
        nvrtcGetProgramLogSize(program, &length);
        std::string log(length, 0);
        nvrtcGetProgramLog(program, log.data());
        std::printf("FAIL compile %s: %s\n", name.c_str(), log.c_str());
        std::exit(1);
    }
    size_t bytes;
    CHECK(nvrtcGetCUBINSize(program, &bytes));
    std::string image(bytes, 0);
    CHECK(nvrtcGetCUBIN(program, image.data()));
    CHECK(nvrtcDestroyProgram(&program));
    return image;
}

} // namespace

CUmodule compile(const std::string& source, const std::string& name, std::vector<std::string> options) {
    options.push_back("--gpu-architecture=sm_80");
    // Many modes run one image: what the compiler makes depends on the mode's check alone.
    static std::map<std::vector<std::string>, std::string> images;
    auto key = options;
    key.insert(key.end(), {source, name, checking ? "check" : "plain"});
    std::string& image = images[key];
    if (image.empty()) image = compiledImage(source, name, options);
    CUmodule module;
    CHECK(cuModuleLoadDataEx(&module, image.data(), 0, nullptr, nullptr));
    return module;
}

CUfunction function(CUmodule module, const char* name) {
    CUfunction kernel;
    check(cuModuleGetFunction(&kernel, module, name), name);
    return kernel;
}

std::vector<float> ramp(int count, float first, float step) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(first + step * static_cast<float>(i));
    return values;
}

} // namespace selftest
