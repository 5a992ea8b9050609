// A kernel launch, and running it block by block.
#pragma once
#include "config.h"
#include "module.h"
#include "operation.h"

#include <vector>

namespace standin {

class Launch : public Operation {
public:
    // Copies the arguments, as the driver does.
    Launch(Kernel& kernel, Dim3 grid, Dim3 block, u32 sharedBytes, void** arguments);
    void run() const override;

private:
    Result runBlocks(Order order, const Config& settings) const;
    Result runVerified() const;
    void checkArgumentBuffers() const;

    Kernel& kernel_;
    Dim3 grid_, block_;
    u32 sharedBytes_;
    std::vector<u64> slots_;           // the copied arguments, each at a multiple of 16 bytes
    std::vector<std::size_t> offsets_; // of each argument in `slots_`
    std::string range_;                // NVTX ranges open at the launch
};

} // namespace standin
