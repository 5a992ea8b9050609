// What is done to a kernel text between g++'s preprocessor and its compiler.
#pragma once
#include "common.h"

#include <vector>

namespace standin {

// Makes `extern __shared__ T name[];` name the dynamic shared memory of the image.
std::string bindDynamicShared(const std::string& preprocessed);

struct KernelHead {
    std::string name;
    std::string bound; // the expression of its __launch_bounds__, or ""
};

// The kernels, made by macros or not; templates are left out.
std::vector<KernelHead> findKernels(const std::string& preprocessed);

// The entry points that module.cpp looks up, to be put behind the text.
std::string entryPoints(const std::vector<KernelHead>& kernels);

} // namespace standin
