#include "stream.h"

#include "config.h"
#include "context.h"
#include "device_thread.h"
#include "graph.h"

#include <algorithm>

namespace standin {

namespace {

std::vector<Stream*>& streams() {
    static auto& instance = *new std::vector<Stream*>();
    return instance;
}

void breakCapture(Capture& capture) { capture.broken = true; }

void runFront(Stream* stream) {
    const OperationPtr operation = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->polls = 0;
    operation->run();
}

Result enqueue(Stream* stream, OperationPtr operation) {
    // The null stream and the blocking streams run in the order of submission.
    if (stream == nullStream())
        drainBlockingStreams();
    else if (!stream->nonBlocking)
        drainStream(nullStream());
    stream->queue.push_back(std::move(operation));
    return Success;
}

} // namespace

Stream* nullStream() {
    static Stream& instance = *new Stream();
    return &instance;
}

void addStream(Stream* stream) { streams().push_back(stream); }

void removeStream(Stream* stream) {
    auto& all = streams();
    all.erase(std::remove(all.begin(), all.end(), stream), all.end());
}

std::size_t destroyStreams() {
    const std::size_t count = streams().size();
    for (Stream* stream : streams()) delete stream;
    streams().clear();
    return count;
}

bool isStream(const Stream* stream) {
    const auto& all = streams();
    return stream == nullptr || std::find(all.begin(), all.end(), stream) != all.end();
}

Result submit(Stream* stream, OperationPtr operation) {
    if (stream->capture != nullptr) {
        if (stream->capture->broken) return CaptureInvalidated;
        stream->dependencies = {addNode(*stream->capture->graph, std::move(operation), stream->dependencies)};
        return Success;
    }
    if (stream == nullStream())
        if (const Result forbidden = forbidNullStreamDuringCapture(); forbidden != Success) return forbidden;
    if (config().lazy) return enqueue(stream, std::move(operation));
    if (operation->needsDeviceThread())
        onDeviceThread([&] { operation->run(); });
    else
        operation->run();
    return stickyError();
}

void drainStream(Stream* stream) {
    if (stream->queue.empty()) return;
    onDeviceThread([stream] {
        while (!stream->queue.empty()) runFront(stream);
    });
}

void drainAllStreams() {
    drainStream(nullStream());
    for (Stream* stream : streams()) drainStream(stream);
}

void drainBlockingStreams() {
    drainStream(nullStream());
    for (Stream* stream : streams())
        if (!stream->nonBlocking) drainStream(stream);
}

void drainToMark(const EventMark& mark) {
    if (mark.done) return;
    onDeviceThread([&mark] {
        while (!mark.done && isStream(mark.stream) && !mark.stream->queue.empty()) runFront(mark.stream);
    });
}

Result forbidDuringCapture() {
    Result result = Success;
    for (Stream* stream : streams()) {
        if (stream->capture == nullptr || stream->capture->mode == CaptureRelaxed) continue;
        if (stream->capture->mode == CaptureThreadLocal && stream->capture->thread != std::this_thread::get_id()) continue;
        breakCapture(*stream->capture);
        result = CaptureUnsupported;
    }
    return result;
}

Result forbidWaitDuringCapture(Stream* stream) {
    if (stream->capture == nullptr) return Success;
    breakCapture(*stream->capture);
    return CaptureUnsupported;
}

Result forbidNullStreamDuringCapture() {
    for (Stream* stream : streams()) {
        if (stream->capture == nullptr || stream->nonBlocking) continue;
        breakCapture(*stream->capture);
        return CaptureImplicit;
    }
    return Success;
}

} // namespace standin
