// libcuda: stream capture.
#include "context.h"
#include "graph.h"
#include "stream.h"

#include <algorithm>
#include <set>

using namespace standin;

namespace {

Result begin(Stream* stream, Graph* graph, bool ownsGraph, std::vector<GraphNode*> dependencies, int mode) {
    static u64 lastId = 0;
    auto capture = std::make_shared<Capture>();
    capture->graph = graph;
    capture->ownsGraph = ownsGraph;
    capture->origin = stream;
    capture->mode = static_cast<CaptureMode>(mode);
    capture->thread = std::this_thread::get_id();
    capture->id = ++lastId;
    capture->streams = {stream};
    stream->capture = std::move(capture);
    stream->dependencies = std::move(dependencies);
    return Success;
}

// A null or foreign stream cannot capture, nor can one that captures already or has an unknown mode.
Result checkBegin(Stream* stream, int mode) {
    if (stream == nullptr) return CaptureUnsupported;
    if (!isStream(stream)) return InvalidHandle;
    if (mode < CaptureGlobal || mode > CaptureRelaxed) return InvalidValue;
    return stream->capture == nullptr ? Success : InvalidValue;
}

// Whether every node that a joined stream added is an ancestor of the origin's last nodes.
bool allJoined(const Capture& capture) {
    std::set<const GraphNode*> reached;
    std::vector<const GraphNode*> open(capture.origin->dependencies.begin(), capture.origin->dependencies.end());
    while (!open.empty()) {
        const GraphNode* node = open.back();
        open.pop_back();
        if (!reached.insert(node).second) continue;
        open.insert(open.end(), node->dependencies.begin(), node->dependencies.end());
    }
    for (const Stream* stream : capture.streams)
        for (const GraphNode* node : stream->dependencies)
            if (reached.count(node) == 0) return false;
    return true;
}

void release(Capture& capture) {
    for (Stream* stream : capture.streams) {
        stream->dependencies.clear();
        if (stream != capture.origin) stream->capture.reset();
    }
    capture.origin = nullptr; // events recorded in it stand for nothing any more
}

} // namespace

CUresult cuStreamBeginCapture_v2(CUstream stream, int mode) {
    STANDIN_ENTER();
    if (const Result refused = checkBegin(stream, mode); refused != Success) return refused;
    auto* graph = new Graph();
    registerGraph(graph);
    return begin(stream, graph, true, {}, mode);
}

CUresult cuStreamBeginCaptureToGraph(CUstream stream, CUgraph graph, const CUgraphNode* dependencies, const void*, size_t count,
                                     int mode) {
    STANDIN_ENTER();
    if (const Result refused = checkBegin(stream, mode); refused != Success) return refused;
    if (!isGraph(graph) || (count > 0 && dependencies == nullptr)) return InvalidValue;
    if (!std::all_of(dependencies, dependencies + count, [&](CUgraphNode node) { return hasNode(*graph, node); })) return InvalidValue;
    return begin(stream, graph, false, std::vector<GraphNode*>(dependencies, dependencies + count), mode);
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
    STANDIN_ENTER();
    *graph = nullptr;
    if (stream == nullptr || !isStream(stream)) return InvalidHandle;
    const auto capture = stream->capture;
    if (capture == nullptr) return InvalidValue;
    if (capture->origin != stream) {
        capture->broken = true;
        return CaptureUnmatched;
    }
    if (capture->mode != CaptureRelaxed && capture->thread != std::this_thread::get_id()) return CaptureWrongThread;
    Result result = capture->broken ? CaptureInvalidated : allJoined(*capture) ? Success : CaptureUnjoined;
    release(*capture);
    stream->capture.reset();
    if (result == Success) {
        *graph = capture->graph;
    } else if (capture->ownsGraph) {
        forgetGraph(capture->graph);
        delete capture->graph;
    }
    return result;
}

CUresult cuStreamGetCaptureInfo_v2(CUstream stream, int* status, std::uint64_t* id, CUgraph* graph,
                                   const CUgraphNode** dependencies, size_t* count) {
    STANDIN_ENTER();
    if (!isStream(stream)) return InvalidHandle;
    if (stream == nullptr)
        if (const Result forbidden = forbidNullStreamDuringCapture(); forbidden != Success) return forbidden;
    const Stream* asked = resolve(stream);
    const Capture* capture = asked->capture.get();
    *status = capture == nullptr ? CaptureNone : capture->broken ? CaptureBroken : CaptureActive;
    if (*status != CaptureActive) return Success;
    if (id != nullptr) *id = capture->id;
    if (graph != nullptr) *graph = capture->graph;
    if (dependencies != nullptr) *dependencies = asked->dependencies.data();
    if (count != nullptr) *count = asked->dependencies.size();
    return Success;
}

CUresult cuStreamUpdateCaptureDependencies(CUstream stream, CUgraphNode* dependencies, size_t count, unsigned flags) {
    STANDIN_ENTER();
    if (stream == nullptr || !isStream(stream)) return InvalidHandle;
    if (stream->capture == nullptr || flags > 1) return InvalidValue;
    if (stream->capture->broken) return CaptureInvalidated;
    const Graph& graph = *stream->capture->graph;
    if (!std::all_of(dependencies, dependencies + count, [&](CUgraphNode node) { return hasNode(graph, node); })) return InvalidValue;
    constexpr unsigned replace = 1;
    if (flags == replace) stream->dependencies.clear();
    for (size_t i = 0; i < count; ++i)
        if (std::find(stream->dependencies.begin(), stream->dependencies.end(), dependencies[i]) == stream->dependencies.end())
            stream->dependencies.push_back(dependencies[i]);
    return Success;
}
