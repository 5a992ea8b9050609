// A piece of device work: what a stream queues and a graph's node holds. Arguments are copied when it is made.
#pragma once
#include "common.h"

#include <memory>

namespace standin {

class Operation {
public:
    virtual ~Operation() = default;
    virtual void run() const = 0;
    // Whether it is heavy or dangerous enough for the device thread. Others run on the caller's.
    virtual bool needsDeviceThread() const { return true; }
};

using OperationPtr = std::shared_ptr<const Operation>;

} // namespace standin
