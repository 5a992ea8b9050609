// NVRTC: options, headers, logs, images.
#include "harness.h"

#include <chrono>
#include <cstring>

namespace selftest {

namespace {

struct Compilation {
    int code = 0;
    std::string log, cubin, ptx;
};

Compilation compileOnly(const std::string& source, std::vector<const char*> options, std::vector<const char*> headerNames = {},
                        std::vector<const char*> headers = {}) {
    Compilation result;
    nvrtcProgram program;
    CHECK(nvrtcCreateProgram(&program, source.c_str(), "text.cu", static_cast<int>(headers.size()), headers.data(),
                             headerNames.data()));
    result.code = nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
    size_t bytes;
    CHECK(nvrtcGetProgramLogSize(program, &bytes));
    result.log.resize(bytes);
    CHECK(nvrtcGetProgramLog(program, result.log.data()));
    CHECK(nvrtcGetCUBINSize(program, &bytes));
    result.cubin.resize(bytes);
    if (bytes > 0) CHECK(nvrtcGetCUBIN(program, result.cubin.data()));
    CHECK(nvrtcGetPTXSize(program, &bytes));
    result.ptx.resize(bytes);
    CHECK(nvrtcGetPTX(program, result.ptx.data()));
    CHECK(nvrtcDestroyProgram(&program));
    return result;
}

const char simple[] = "extern \"C\" __global__ void k(float* x) { x[0] = VALUE; }\n";

void options() {
    const auto all =
        compileOnly(simple, {"--gpu-architecture=sm_80", "--std=c++17", "-lineinfo", "--fmad=false", "-D", "VALUE=2.0f",
                             "-default-device", "-Xptxas", "-v", "--maxrregcount=64", "--define-macro=OTHER=1"});
    result("the options of NVRTC are understood", all.code == 0 && !all.cubin.empty(), all.log);
    const auto unknown = compileOnly(simple, {"-DVALUE=1", "-O3"});
    result("an unknown option is refused", unknown.code == 5 && unknown.log.find("-O3") != std::string::npos);
    result("an unknown architecture is refused", compileOnly(simple, {"-DVALUE=1", "--gpu-architecture=sm_93"}).code == 5);
    const auto ptx = compileOnly(simple, {"-DVALUE=1.0f", "--gpu-architecture=compute_80"});
    CUmodule module = nullptr;
    result("compute_XX gives PTX only, which loads",
           ptx.code == 0 && ptx.cubin.empty() && cuModuleLoadDataEx(&module, ptx.ptx.data(), 0, nullptr, nullptr) == Success);
    CHECK(cuModuleUnload(module));
    auto foreign = all.cubin;
    foreign[8] = static_cast<char>(foreign[8] ^ 1);
    result("an image of another build is refused",
           cuModuleLoadDataEx(&module, foreign.data(), 0, nullptr, nullptr) == NoBinaryForGpu);
    foreign[0] = 'x';
    result("what is no image is refused", cuModuleLoadDataEx(&module, foreign.data(), 0, nullptr, nullptr) == InvalidImage);
    int count, major, minor;
    CHECK(nvrtcGetNumSupportedArchs(&count));
    std::vector<int> architectures(static_cast<size_t>(count));
    CHECK(nvrtcGetSupportedArchs(architectures.data()));
    CHECK(nvrtcVersion(&major, &minor));
    result("NVRTC tells version and architectures", major == 12 && minor == 4 && architectures.back() == 90);
}

void logs() {
    const auto wrong =
        compileOnly("\n\nextern \"C\" __global__ void k(float* x) {\n  x[0] = nonsense;\n}\n", {"--gpu-architecture=sm_80"});
    result("an error names file and line", wrong.code == 6 && wrong.log.find("text.cu:4:") != std::string::npos,
           wrong.log.substr(0, wrong.log.find('\n')));
    const auto header = compileOnly("#include \"part.cuh\"\nextern \"C\" __global__ void k(float* x) { x[0] = f(); }\n",
                                    {"--gpu-architecture=sm_80"}, {"part.cuh"}, {"\nfloat f() { return missing; }\n"});
    result("an error in a header names the header", header.code == 6 && header.log.find("part.cuh:2:") != std::string::npos);
    const auto standard = compileOnly("#include <vector>\n" + std::string(simple), {"-DVALUE=1"});
    result("system headers are out of reach, as with NVRTC", standard.code == 6);
}

void headers() {
    const char* const dynamic =
        "#define SCALE 3.0f\n__device__ inline float* buffer() { extern __shared__ float bytes[]; return bytes; }\n";
    const auto made = compileOnly("#include \"a/dynamic.cuh\"\nextern \"C\" __global__ void k(float* x) { float* b = buffer(); "
                                  "b[threadIdx.x] = SCALE; __syncthreads();\n"
                                  " x[threadIdx.x] = b[31 - threadIdx.x]; }\n",
                                  {"--gpu-architecture=sm_80"}, {"a/dynamic.cuh"}, {dynamic});
    CUmodule module;
    CHECK(cuModuleLoadDataEx(&module, made.cubin.data(), 0, nullptr, nullptr));
    DeviceArray x(ramp(32));
    launch(function(module, "k"), 1, 32, 128, x.address());
    result("headers given to nvrtcCreateProgram are included", x.read<float>()[3] == 3);
    CHECK(cuModuleUnload(module));
}

// a * b + c with and without contraction differ in the last bit.
void contraction() {
    float values[2];
    int at = 0;
    for (const char* option : {"--fmad=true", "--fmad=false"}) {
        const CUmodule module =
            compile("extern \"C\" __global__ void k(float* x) { x[3] = x[0] * x[1] + x[2]; }\n", "fma.cu", {option});
        DeviceArray x(std::vector<float>{1 + 1.0f / 4096, 1 + 1.0f / 4096, -1 - 1.0f / 2048, 0});
        launch(function(module, "k"), 1, 1, 0, x.address());
        values[at++] = x.read<float>()[3];
        CHECK(cuModuleUnload(module));
    }
    result("--fmad decides on contraction", values[0] == 1.0f / 4096 / 4096 && values[1] == 0);
}

std::string shares(int floats) {
    return "extern \"C\" __global__ void shares(float* x) { __shared__ float b[" + std::to_string(floats)
         + "]; b[threadIdx.x] = x[threadIdx.x]; __syncthreads(); x[threadIdx.x] = b[31 - threadIdx.x]; }\n"
         + "extern \"C\" __global__ void shares_none(float* x) { x[0] = 1; }\n";
}

void sharedMemory() {
    const auto large = compileOnly(shares(12289), {"--gpu-architecture=sm_80"});
    result("a kernel with more than 48 KB of static shared memory does not compile",
           large.code == 6 && large.log.find("'shares' uses too much shared data (0xc004 bytes, 0xc000 max)") != std::string::npos, large.log);
    const CUmodule module = compile(shares(12288), "shares.cu");
    const CUfunction kernel = function(module, "shares");
    int own = -1, none = -1, most = -1;
    CHECK(cuFuncGetAttribute(&own, 1, kernel));
    CHECK(cuFuncGetAttribute(&none, 1, function(module, "shares_none")));
    result("a kernel's static shared memory is told", own == 48 << 10 && none == 0);
    DeviceArray x(ramp(32));
    result("static and dynamic shared memory count together", launch(kernel, 1, 32, 4, x.address()) == InvalidValue);
    findings();
    CHECK(standinConfigure("shared=16384"));
    CHECK(cuDeviceGetAttribute(&most, 8, 0));
    result("a device with less shared memory refuses the launch", most == 16384 && launch(kernel, 1, 32, 0, x.address()) == InvalidValue);
    findings();
    CHECK(standinConfigure("shared=49152"));
    result("shared memory up to the limit", launch(kernel, 1, 32, 0, x.address()) == Success && x.read<float>()[0] == 31);
    CHECK(cuModuleUnload(module));
}

void moduleLogs() {
    char text[100] = "";
    int keys[] = {5, 6};
    void* values[] = {text, reinterpret_cast<void*>(sizeof text)};
    CUmodule module;
    const int code = cuModuleLoadDataEx(&module, "no image at all, whatever it may be", 2, keys, values);
    result("a module that does not load says why in the caller's buffer",
           code == InvalidImage && std::string(text).find("no image") != std::string::npos
               && reinterpret_cast<size_t>(values[1]) == std::string(text).size());
    values[1] = reinterpret_cast<void*>(size_t{10});
    cuModuleLoadDataEx(&module, "no image at all, whatever it may be", 2, keys, values);
    result("no more is written than the buffer holds", std::string(text).size() == 9);
    keys[0] = 99;
    result("an unknown option of loading is refused", cuModuleLoadDataEx(&module, "no image", 2, keys, values) == InvalidValue);
}

void speed() {
    const auto start = std::chrono::steady_clock::now();
    CHECK(cuModuleUnload(compile(readKernels("good.cu"), "timed.cu")));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result("compiling good.cu", true, std::to_string(static_cast<int>(seconds * 1e3)) + " ms");
}

} // namespace

void compilerCases() {
    configure("mode=plain;lazy=0");
    options();
    logs();
    headers();
    contraction();
    sharedMemory();
    moduleLogs();
    speed();
    const std::string report = findings();
    result("compiler cases leave no findings", report.empty(), report);
}

} // namespace selftest
