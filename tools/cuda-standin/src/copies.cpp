#include "copies.h"

#include "api.h"
#include "arena.h"
#include "context.h"
#include "faults.h"
#include "report.h"
#include "shadow.h"
#include "stats.h"

#include <algorithm>
#include <cstring>

namespace standin {

namespace {

// Memory may have been freed between the call and now.
bool stillThere(const void* address, u64 bytes, const char* what) {
    if (arena().holds(address, bytes)) return true;
    report(format("FREED WHILE QUEUED: a %s of %llu bytes runs %s", what, static_cast<unsigned long long>(bytes),
                  arena().describe(address).c_str()));
    setStickyError(IllegalAddress);
    return false;
}

class Copy : public Operation {
public:
    Copy(CopyKind kind, void* target, const void* source, u64 bytes, std::string owned)
        : kind_(kind), target_(target), source_(source), bytes_(bytes), owned_(std::move(owned)) {}

    void run() const override {
        if (stickyError() != Success) return;
        const void* source = owned_.empty() ? source_ : owned_.data();
        const bool fromArena = arena().reserved(source), toArena = arena().reserved(target_);
        if ((fromArena && !stillThere(source, bytes_, "copy")) || (toArena && !stillThere(target_, bytes_, "copy"))) return;
        const bool clean = runGuarded([&] { std::memmove(target_, source, bytes_); },
                                      [&] { return format("a copy of %llu bytes", static_cast<unsigned long long>(bytes_)); });
        if (!clean) return setStickyError(IllegalAddress);
        if (fromArena && toArena)
            shadow().copyInitialised(target_, source, bytes_);
        else if (toArena)
            shadow().markInitialised(target_, bytes_);
        if (kind_ == CopyKind::ToDevice) stats().bytesToDevice += bytes_;
        if (kind_ == CopyKind::ToHost) stats().bytesToHost += bytes_;
    }

    bool needsDeviceThread() const override { return false; }

private:
    CopyKind kind_;
    void* target_;
    const void* source_;
    u64 bytes_;
    std::string owned_;
};

class Fill : public Operation {
public:
    Fill(void* target, u32 value, int width, u64 count) : target_(target), value_(value), width_(width), count_(count) {}

    void run() const override {
        const u64 bytes = count_ * static_cast<u64>(width_);
        if (stickyError() != Success || !stillThere(target_, bytes, "fill")) return;
        if (width_ == 1)
            std::memset(target_, static_cast<int>(value_), count_);
        else
            std::fill_n(static_cast<u32*>(target_), count_, value_);
        shadow().markInitialised(target_, bytes);
    }

    bool needsDeviceThread() const override { return false; }

private:
    void* target_;
    u32 value_;
    int width_;
    u64 count_;
};

} // namespace

OperationPtr makeCopy(CopyKind kind, void* target, const void* source, u64 bytes, std::string owned) {
    return std::make_shared<Copy>(kind, target, source, bytes, std::move(owned));
}

OperationPtr makeFill(void* target, u32 value, int width, u64 count) {
    return std::make_shared<Fill>(target, value, width, count);
}

} // namespace standin
