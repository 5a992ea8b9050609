#include "operands.h"

#include "arena.h"
#include "context.h"
#include "report.h"
#include "shadow.h"

#include <algorithm>

namespace standin {

int Operand::firstRow(int j) const { return part == Part::Lower ? std::min(j, rows) : 0; }
int Operand::rowsOf(int j) const { return (part == Part::Upper ? std::min(j + 1, rows) : rows) - firstRow(j); }

// Of the part that counts.
const char* Operand::column(int j) const {
    return static_cast<const char*>(data)
         + (static_cast<u64>(j) * static_cast<u64>(leading) + static_cast<u64>(firstRow(j))) * elementBytes;
}

bool Operand::live() const {
    if (rows == 0 || columns == 0) return true;
    if (reinterpret_cast<u64>(data) % elementBytes != 0) {
        report(format("MISALIGNED: %s: %s is at %p, elements have %u bytes", call, which, data, elementBytes));
        setStickyError(MisalignedAddress);
        return false;
    }
    const u64 bytes = (static_cast<u64>(columns - 1) * static_cast<u64>(leading) + static_cast<u64>(rows)) * elementBytes;
    if (arena().holds(data, bytes)) return true;
    report(format("OUT OF BOUNDS: %s: %s (%d x %d, leading dimension %d, %llu bytes) begins %s", call, which, rows, columns,
                  leading, static_cast<unsigned long long>(bytes), arena().describe(data).c_str()));
    setStickyError(IllegalAddress);
    return false;
}

bool Operand::readable() const {
    if (!live()) return false;
    for (int j = 0; j < columns && shadow().enabled(); ++j) {
        const char* bad = shadow().firstUninitialised(column(j), static_cast<u64>(rowsOf(j)) * elementBytes);
        if (bad == nullptr) continue;
        report(format("UNINITIALISED %s %s", call, which),
               format("UNINITIALISED: %s reads element (%d, %d) of %s %s", call,
                      firstRow(j) + static_cast<int>((bad - column(j)) / elementBytes), j, which,
                      arena().describe(bad).c_str()));
        break;
    }
    return true;
}

void Operand::markInitialised() const {
    for (int j = 0; j < columns; ++j) shadow().markInitialised(column(j), static_cast<u64>(rowsOf(j)) * elementBytes);
}

} // namespace standin
