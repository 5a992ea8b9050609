// The options of NVRTC, translated for g++.
#pragma once
#include "common.h"

#include <vector>

namespace standin {

struct CompileOptions {
    std::vector<std::string> preprocessor; // -D, -U, -I
    int architecture = 52;                 // NVRTC's default
    bool machineCode = false;              // sm_XX: a CUBIN; compute_XX: PTX only
    bool contract = true;                  // --fmad
    bool fastMath = false;
    std::string standard = "c++17";
};

const std::vector<int>& supportedArchitectures();

// False with the reason in `error` on an option that NVRTC does not know or a value that it refuses.
bool parseOptions(int count, const char* const* options, CompileOptions& result, std::string& error);

} // namespace standin
