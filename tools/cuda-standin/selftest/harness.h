// A small test harness: one line for each case, and what nearly every case needs of the driver.
#pragma once
#include "api.h"

#include <functional>
#include <string>
#include <vector>

namespace selftest {

// Prints "ok name" or "FAIL name detail" and counts.
void result(const std::string& name, bool ok, const std::string& detail = "");
int failures();

// Ends the program with the call's name when a call that must work does not.
void check(int code, const char* call);
#define CHECK(call) selftest::check(call, #call)

// Changes the modes, and clears findings and errors of before.
void configure(const std::string& settings);

// The findings since the last call; "" if there are none.
std::string findings();

// Reads a file beside the executable.
std::string readKernels(const std::string& file);

// Compiles in the mode in force and loads.
CUmodule compile(const std::string& source, const std::string& name, std::vector<std::string> options = {});
CUfunction function(CUmodule module, const char* name);

extern CUstream stream; // non-blocking, made by main

template <class... A> int launch(CUfunction kernel, unsigned blocks, unsigned threads, unsigned shared, A... arguments) {
    void* pointers[] = {static_cast<void*>(&arguments)..., nullptr};
    return cuLaunchKernel(kernel, blocks, 1, 1, threads, 1, 1, shared, stream, pointers, nullptr);
}

// Device memory of a case.
class DeviceArray {
public:
    explicit DeviceArray(size_t bytes) : bytes_(bytes) { CHECK(cuMemAlloc_v2(&address_, bytes)); }
    template <class T> explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size() * sizeof(T)) {
        CHECK(cuMemcpyHtoD_v2(address_, values.data(), bytes_));
    }
    ~DeviceArray() { cuMemFree_v2(address_); }
    DeviceArray(const DeviceArray&) = delete;

    template <class T> T pointer() const { return reinterpret_cast<T>(address_); }
    CUdeviceptr address() const { return address_; }
    template <class T> std::vector<T> read() const {
        std::vector<T> values(bytes_ / sizeof(T));
        CHECK(cuStreamSynchronize(stream));
        CHECK(cuMemcpyDtoH_v2(values.data(), address_, bytes_));
        return values;
    }

private:
    size_t bytes_;
    CUdeviceptr address_ = 0;
};

std::vector<float> ramp(int count, float first = 0, float step = 1);

// The groups of cases.
void brokenKernels();
void goodKernels();
void memoryCases();
void streamCases();
void captureCases();
void graphCases();
void blasCases();
void solverCases();
void compilerCases();
void recordingCases();
void ruleCases();
void contextCases();

} // namespace selftest
