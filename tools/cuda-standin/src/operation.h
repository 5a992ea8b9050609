// A piece of device work: what a stream queues and a graph's node holds. Arguments are copied when it is made.
#pragma once
#include "common.h"

#include <memory>

namespace standin {

struct Graph;

class Operation {
public:
    virtual ~Operation() = default;
    virtual void run() const = 0;
    // Whether it is heavy or dangerous enough for the device thread. Others run on the caller's.
    virtual bool needsDeviceThread() const { return true; }
    // Whether it takes memory of its own, which as a node of a graph is an allocation node.
    virtual bool allocates() const { return false; }
    // The graph that it launches, or null.
    virtual const Graph* child() const { return nullptr; }
};

using OperationPtr = std::shared_ptr<const Operation>;

} // namespace standin
