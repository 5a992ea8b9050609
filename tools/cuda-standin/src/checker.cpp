#include "checker.h"

#include "arena.h"
#include "races.h"
#include "report.h"
#include "worker.h"

#include <algorithm>

namespace standin {

namespace {

// One access, split over the words it covers.
struct Visit {
    Worker& worker;
    char* address;
    u64 bytes;
    Access access;
    const void* programCounter;
    Accessor accessor;

    bool writes() const { return access != Access::Read; }
    bool atomic() const { return access == Access::Atomic || access == Access::AtomicWrite; }
    bool needsValue() const { return access == Access::Read || access == Access::Atomic; }
};

std::string placeOf(const Visit& visit) {
    if (arena().reserved(visit.address)) return arena().describe(visit.address);
    const ImageCopy& image = *visit.worker.image;
    if (visit.address >= image.sharedBegin && visit.address < image.sharedEnd)
        return format("at offset %lld of the static shared memory", static_cast<long long>(visit.address - image.sharedBegin));
    const auto dynamic = visit.address - image.dynamicShared;
    if (dynamic >= 0 && dynamic < static_cast<long>(maxSharedBytes))
        return format("at offset %lld of %u bytes of dynamic shared memory", static_cast<long long>(dynamic),
                      visit.worker.dynamicBytes);
    return arena().describe(visit.address);
}

void finding(const Visit& visit, const char* kind, const std::string& extra = "") {
    const std::string key = format("%s %p", kind, visit.programCounter);
    if (countKnownReport(key)) return;
    const std::string& line = visit.worker.kernel->module->sourceLine(visit.programCounter);
    report(key, format("%s: %s %s %llu bytes %s%s [%s]", kind, visit.worker.where().c_str(),
                       visit.atomic()   ? "updates"
                       : visit.writes() ? "writes"
                                        : "reads",
                       static_cast<unsigned long long>(visit.bytes), placeOf(visit).c_str(), extra.c_str(), line.c_str()));
}

[[noreturn]] void outOfBounds(const Visit& visit) {
    finding(visit, "OUT OF BOUNDS");
    visit.worker.abortBlock(IllegalAddress);
}

void touch(const Visit& visit, Cell& cell, u32 serial) {
    const Conflict conflict = touchCell(cell, serial, visit.accessor, visit.writes(), visit.atomic());
    if (__builtin_expect(conflict.found, false))
        finding(visit, "RACE",
                format(", which block %u thread %u %s with no barrier in between", conflict.block, conflict.thread,
                       conflict.earlierWrites ? "wrote" : "read"));
}

// `bits` are the bytes of the word that are accessed. Once a word is accessed by part, its bytes are tracked one by one.
void touchWord(const Visit& visit, Cell& cell, Cell* byteCells, u8 bits, u32 serial) {
    cell.enterLaunch(serial);
    if (bits == allTouchable && !cell.has(Cell::Split)) return touch(visit, cell, serial);
    if (!cell.has(Cell::Split)) {
        std::fill(byteCells, byteCells + 4, cell);
        cell.set(Cell::Split);
    }
    for (int b = 0; b < 4; ++b)
        if (bits >> b & 1) touch(visit, byteCells[b], serial);
}

void checkInitialised(const Visit& visit, u8& state, u8 bits) {
    const u8 wanted = static_cast<u8>(bits << 4);
    if (visit.needsValue() && (state & wanted) != wanted) finding(visit, "UNINITIALISED");
    state = static_cast<u8>(state | wanted); // also after a finding: told once is enough
}

u8 coveredBits(u64 word, u64 first, u64 end) {
    const u64 from = std::max(word * 4, first) - word * 4, to = std::min(word * 4 + 4, end) - word * 4;
    return static_cast<u8>(((1u << to) - 1) & ~((1u << from) - 1));
}

void visitDevice(const Visit& visit) {
    static Shadow& all = shadow();
    const u64 first = static_cast<u64>(visit.address - visit.worker.arenaBegin), end = first + visit.bytes;
    for (u64 word = first / 4; word <= (end - 1) / 4; ++word) {
        const u8 bits = coveredBits(word, first, end);
        u8& state = all.state(word);
        if ((state & bits) != bits) outOfBounds(visit);
        checkInitialised(visit, state, bits);
        touchWord(visit, all.cell(word), all.byteCells(word), bits, visit.worker.launch);
    }
}

void visitShared(const Visit& visit, u64 offset) {
    SharedShadow& shared = visit.worker.sharedShadow;
    for (u64 word = offset / 4; word <= (offset + visit.bytes - 1) / 4; ++word) {
        const u8 bits = coveredBits(word, offset, offset + visit.bytes);
        checkInitialised(visit, shared.state[word], bits);
        touchWord(visit, shared.cells[word], &shared.byteCells[word * 4], bits, shared.serial);
    }
}

} // namespace

void refuseMisaligned(void* at, u64 bytes, Access access, const void* programCounter) {
    Worker* worker = currentWorker;
    if (worker == nullptr || !worker->checks) return;
    finding({*worker, static_cast<char*>(at), bytes, access, programCounter, {}}, "MISALIGNED");
    worker->abortBlock(MisalignedAddress);
}

void checkAccess(void* at, u64 bytes, Access access, const void* programCounter) {
    Worker* worker = currentWorker;
    if (worker == nullptr || !worker->checks || bytes == 0) return;
    const u32 thread = worker->currentNumber();
    const Visit visit{
        *worker,        static_cast<char*>(at),
        bytes,          access,
        programCounter, {worker->block, static_cast<u16>(thread), worker->epoch, worker->warpEpochs[thread / warpLanes]}};
    if (static_cast<u64>(visit.address - worker->arenaBegin) < Arena::reservedBytes) return visitDevice(visit);

    const ImageCopy& image = *worker->image;
    const u64 staticBytes = static_cast<u64>(image.sharedEnd - image.sharedBegin);
    const u64 inStatic = static_cast<u64>(visit.address - image.sharedBegin);
    if (inStatic < staticBytes) {
        if (inStatic + bytes > staticBytes) outOfBounds(visit);
        return visitShared(visit, inStatic);
    }
    const u64 inDynamic = static_cast<u64>(visit.address - image.dynamicShared);
    if (inDynamic < maxSharedBytes) {
        if (inDynamic + bytes > worker->dynamicBytes) outOfBounds(visit);
        return visitShared(visit, (staticBytes + 3) / 4 * 4 + inDynamic);
    }
    if (worker->stacks.holds(at)) return;
    // Constants of the image may be read; everything else (pageable host memory, wild pointers) a GPU cannot reach.
    const bool constant = visit.address >= image.imageBegin && visit.address < image.imageEnd;
    if (!constant || visit.writes()) outOfBounds(visit);
}

} // namespace standin
