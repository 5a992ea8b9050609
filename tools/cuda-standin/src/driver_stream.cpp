// libcuda: streams and events.
#include "config.h"
#include "context.h"
#include "graph.h"
#include "stats.h"
#include "stream.h"

#include <algorithm>
#include <chrono>

using namespace standin;

namespace {

std::vector<Event*>& events() {
    static auto& instance = *new std::vector<Event*>();
    return instance;
}

bool isEvent(const Event* event) { return std::find(events().begin(), events().end(), event) != events().end(); }

class MarkEvent : public Operation {
public:
    explicit MarkEvent(std::shared_ptr<EventMark> mark) : mark_(std::move(mark)) {}
    void run() const override {
        mark_->done = true;
        mark_->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }
    bool needsDeviceThread() const override { return false; }

private:
    std::shared_ptr<EventMark> mark_;
};

class AwaitMark : public Operation {
public:
    explicit AwaitMark(std::shared_ptr<EventMark> mark) : mark_(std::move(mark)) {}
    void run() const override { drainToMark(*mark_); }
    bool needsDeviceThread() const override { return false; }

private:
    std::shared_ptr<EventMark> mark_;
};

// An event recorded in a capture stands for nodes: a stream that waits for it joins the capture.
Result joinCapture(Stream* stream, const Event& event) {
    if (stream->capture != nullptr && stream->capture != event.capture) {
        stream->capture->broken = event.capture->broken = true;
        return CaptureMerge;
    }
    if (stream->capture == nullptr) {
        stream->capture = event.capture;
        stream->dependencies.clear();
        event.capture->streams.push_back(stream);
    }
    for (GraphNode* node : event.dependencies)
        if (std::find(stream->dependencies.begin(), stream->dependencies.end(), node) == stream->dependencies.end())
            stream->dependencies.push_back(node);
    return Success;
}

// Asking for what has not run breaks the capture, as every forbidden call does.
Result waitForCaptured(const Event& event) {
    event.capture->broken = true;
    return CapturedEvent;
}

bool stillCapturing(const Event& event) { return event.capture != nullptr && event.capture->origin != nullptr; }

} // namespace

std::size_t standin::destroyEvents() {
    const std::size_t count = events().size();
    for (Event* event : events()) delete event;
    events().clear();
    return count;
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
    STANDIN_ENTER();
    if (flags > 1) return InvalidValue;
    *stream = new Stream();
    (*stream)->nonBlocking = flags == 1;
    addStream(*stream);
    return Success;
}

CUresult cuStreamDestroy_v2(CUstream stream) {
    std::lock_guard lock(apiMutex());
    if (const Result entered = enterToRelease(); entered != Success) return entered;
    if (stream == nullptr || !isStream(stream)) return InvalidHandle;
    if (stream->capture != nullptr) {
        stream->capture->broken = true;
        auto& members = stream->capture->streams;
        members.erase(std::remove(members.begin(), members.end(), stream), members.end());
    }
    drainStream(stream);
    removeStream(stream);
    delete stream;
    return stickyError();
}

CUresult cuStreamSynchronize(CUstream stream) {
    STANDIN_ENTER();
    if (!isStream(stream)) return InvalidHandle;
    if (const Result forbidden = forbidWaitDuringCapture(resolve(stream)); forbidden != Success) return forbidden;
    if (stream == nullptr)
        if (const Result forbidden = forbidNullStreamDuringCapture(); forbidden != Success) return forbidden;
    ++stats().hostWaits;
    if (stream == nullptr)
        drainBlockingStreams();
    else
        drainStream(stream);
    return stickyError();
}

CUresult cuStreamQuery(CUstream stream) {
    STANDIN_ENTER();
    if (!isStream(stream)) return InvalidHandle;
    if (const Result forbidden = forbidWaitDuringCapture(resolve(stream)); forbidden != Success) return forbidden;
    Stream* queried = resolve(stream);
    if (queried->queue.empty()) return Success;
    if (++queried->polls <= pollsBeforeProgress) return NotReady;
    drainStream(queried);
    return stickyError();
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags) {
    STANDIN_ENTER();
    if (!isStream(stream) || !isEvent(event)) return InvalidHandle;
    if (flags != 0) return InvalidValue;
    Stream* waiting = resolve(stream);
    if (stillCapturing(*event)) return joinCapture(waiting, *event);
    if (waiting->capture != nullptr) {
        waiting->capture->broken = true;
        return CaptureIsolation;
    }
    return event->mark == nullptr ? Success : submit(waiting, std::make_shared<AwaitMark>(event->mark));
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
    STANDIN_ENTER();
    constexpr unsigned withoutTimes = 2, betweenProcesses = 4, allFlags = 7;
    if (flags > allFlags || ((flags & betweenProcesses) != 0 && (flags & withoutTimes) == 0)) return InvalidValue;
    *event = new Event();
    (*event)->isTimed = (flags & withoutTimes) == 0;
    events().push_back(*event);
    return Success;
}

CUresult cuEventDestroy_v2(CUevent event) {
    std::lock_guard lock(apiMutex());
    if (const Result entered = enterToRelease(); entered != Success) return entered;
    if (!isEvent(event)) return InvalidHandle;
    events().erase(std::find(events().begin(), events().end(), event));
    delete event;
    return stickyError();
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
    STANDIN_ENTER();
    if (!isStream(stream) || !isEvent(event)) return InvalidHandle;
    Stream* recording = resolve(stream);
    event->polls = 0;
    event->capture = recording->capture;
    event->dependencies = recording->dependencies;
    if (recording->capture != nullptr) return Success;
    event->mark = std::make_shared<EventMark>();
    event->mark->stream = recording;
    return submit(recording, std::make_shared<MarkEvent>(event->mark));
}

CUresult cuEventQuery(CUevent event) {
    STANDIN_ENTER();
    if (!isEvent(event)) return InvalidHandle;
    if (stillCapturing(*event)) return waitForCaptured(*event);
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    if (event->mark == nullptr || event->mark->done) return Success;
    if (++event->polls <= pollsBeforeProgress) return NotReady;
    drainToMark(*event->mark);
    return stickyError();
}

CUresult cuEventSynchronize(CUevent event) {
    STANDIN_ENTER();
    if (!isEvent(event)) return InvalidHandle;
    if (stillCapturing(*event)) return waitForCaptured(*event);
    if (const Result forbidden = forbidDuringCapture(); forbidden != Success) return forbidden;
    ++stats().hostWaits;
    if (event->mark != nullptr) drainToMark(*event->mark);
    return stickyError();
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent begin, CUevent end) {
    STANDIN_ENTER();
    if (!isEvent(begin) || !isEvent(end) || !begin->isTimed || !end->isTimed || begin->mark == nullptr || end->mark == nullptr) return InvalidHandle;
    if (!begin->mark->done || !end->mark->done) return NotReady;
    *milliseconds = static_cast<float>((end->mark->seconds - begin->mark->seconds) * 1e3);
    return Success;
}
