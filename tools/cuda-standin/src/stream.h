// Streams, events and captures.
//
// Eager (the default): an operation runs when it is submitted. Lazy: it waits in its stream until the host waits for it,
// so that a missing synchronisation shows.
#pragma once
#include "api.h"
#include "operation.h"

#include <deque>
#include <thread>
#include <vector>

namespace standin {

// One recording of an event: done once the stream has come to it.
struct EventMark {
    Stream* stream;
    bool done = false;
    double seconds = 0;
};

// A capture: what is submitted to its streams becomes nodes of `graph`.
struct Capture {
    Graph* graph;
    bool ownsGraph; // until EndCapture hands it out
    Stream* origin;
    CaptureMode mode;
    std::thread::id thread;
    u64 id;
    bool broken = false; // a forbidden call was made: EndCapture fails
    std::vector<Stream*> streams;
};

struct Stream {
    bool nonBlocking = false; // not ordered with the null stream
    std::deque<OperationPtr> queue;
    std::shared_ptr<Capture> capture;
    std::vector<GraphNode*> dependencies; // of the next captured node
    int polls = 0;                        // queries answered "not ready" since the last progress
};

struct Event {
    std::shared_ptr<EventMark> mark;
    std::shared_ptr<Capture> capture; // recorded in a capture: the nodes that it stands for
    std::vector<GraphNode*> dependencies;
    bool isTimed = true;
    int polls = 0;
};

Stream* nullStream();
void addStream(Stream* stream);
void removeStream(Stream* stream);
// With their context, whatever they do; how many there were.
std::size_t destroyStreams();
std::size_t destroyEvents();

bool isStream(const Stream* stream); // also for null, which names the null stream
inline Stream* resolve(Stream* stream) { return stream == nullptr ? nullStream() : stream; }

// Runs, queues or captures an operation. Returns what the call that submitted it returns.
Result submit(Stream* stream, OperationPtr operation);

// Runs all that is queued.
void drainStream(Stream* stream);
void drainAllStreams();
void drainBlockingStreams(); // all that is ordered before the null stream's next operation

// Runs the stream up to the mark.
void drainToMark(const EventMark& mark);

// How many queries of unfinished lazy work answer CUDA_ERROR_NOT_READY before there is progress.
constexpr int pollsBeforeProgress = 3;

// Calls that synchronise or allocate are forbidden while a capture is on; they break it. Success when allowed.
Result forbidDuringCapture();

// The same for calls that wait for `stream` or depend on the null stream.
Result forbidWaitDuringCapture(Stream* stream);
Result forbidNullStreamDuringCapture();

} // namespace standin
