// Runs the compiler and addr2line.
#pragma once
#include "common.h"

#include <vector>

namespace standin {

// Runs a program (looked up in PATH) in `folder` ("" = here) and waits. Returns its exit status, 127 when it cannot be
// started; `output` gets what it wrote to stdout and stderr.
int runProcess(const std::vector<std::string>& command, const std::string& folder, std::string& output);

} // namespace standin
