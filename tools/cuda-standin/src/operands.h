// A matrix that a library call reads or writes in device memory: whether it is there, and whether it was written.
#pragma once
#include "common.h"

namespace standin {

enum class Part { All, Lower, Upper }; // the triangles with their diagonal

struct Operand {
    const char* call;  // "cublasSgemm"
    const char* which; // "A"
    const void* data;  // column by column
    int rows, columns, leading;
    u32 elementBytes;
    Part part = Part::All;

    // Whether it lies within one live buffer. If not that is reported, and the sticky error set.
    bool live() const;

    // The same for what is read. In check mode the first element that was never written is reported too.
    bool readable() const;

    // It was written.
    void markInitialised() const;

private:
    const char* column(int j) const;
    int firstRow(int j) const;
    int rowsOf(int j) const;
};

} // namespace standin
