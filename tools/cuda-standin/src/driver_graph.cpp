// libcuda: graphs, conditional nodes, instantiation and launch.
#include "config.h"
#include "context.h"
#include "graph.h"
#include "report.h"
#include "stats.h"
#include "stream.h"

#include <algorithm>
#include <set>

using namespace standin;

namespace {

std::set<GraphExec*>& execs() {
    static auto& instance = *new std::set<GraphExec*>();
    return instance;
}

bool owns(const Graph& graph, u64 handle) {
    return std::any_of(graph.handles.begin(), graph.handles.end(), [&](const auto& own) { return own->number() == handle; });
}

bool isUsed(const Graph& graph, u64 handle) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](const auto& node) { return node->body != nullptr && node->handle == handle; });
}

Result refuse(const char* why) {
    report(std::string("GRAPH REFUSED: ") + why);
    return InvalidValue;
}

void forgetBodies(Graph& graph) {
    for (const auto& node : graph.nodes) {
        if (node->body == nullptr) continue;
        forgetBodies(*node->body);
        forgetGraph(node->body.get());
    }
}

bool bodiesFit(const Graph& graph) {
    return std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const auto& node) {
        return node->body == nullptr || (node->body->nodes.size() <= config().body && bodiesFit(*node->body));
    });
}

Result addConditional(GraphNode** result, Graph& graph, const GraphNode* const* dependencies, size_t count,
                      CUgraphNodeParams& parameters) {
    auto& wanted = parameters.conditional;
    const bool known = wanted.type == ConditionalIf || wanted.type == ConditionalWhile;
    if (!known || wanted.size != 1 || !isConditional(wanted.handle)) return InvalidValue;
    if (!owns(graph, wanted.handle)) return refuse("a conditional node takes a handle that was made for another graph");
    if (isUsed(graph, wanted.handle)) return refuse("a second conditional node takes the handle of the first");
    std::vector<GraphNode*> needed;
    for (size_t i = 0; i < count; ++i) {
        if (!hasNode(graph, dependencies[i])) return InvalidValue;
        needed.push_back(const_cast<GraphNode*>(dependencies[i]));
    }
    GraphNode* node = addNode(graph, nullptr, std::move(needed));
    node->handle = wanted.handle;
    node->type = static_cast<ConditionalType>(wanted.type);
    node->body = std::make_shared<Graph>();
    node->body->isBody = true;
    registerGraph(node->body.get());
    // The driver owns the array of bodies that it hands out.
    static auto& bodies = *new std::vector<std::unique_ptr<Graph*>>();
    bodies.push_back(std::make_unique<Graph*>(node->body.get()));
    wanted.bodies = bodies.back().get();
    *result = node;
    return Success;
}

} // namespace

std::size_t standin::destroyExecs() {
    const std::size_t count = execs().size();
    for (GraphExec* exec : execs()) delete exec;
    execs().clear();
    return count;
}

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
    STANDIN_ENTER();
    if (flags != 0) return InvalidValue;
    *graph = new Graph();
    registerGraph(*graph);
    return Success;
}

CUresult cuGraphDestroy(CUgraph graph) {
    std::lock_guard lock(apiMutex());
    if (!isGraph(graph) || graph->isBody) return InvalidValue;
    forgetBodies(*graph);
    forgetGraph(graph);
    delete graph;
    return Success;
}

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* count) {
    STANDIN_ENTER();
    if (!isGraph(graph)) return InvalidValue;
    if (nodes != nullptr)
        for (size_t i = 0; i < *count; ++i) nodes[i] = i < graph->nodes.size() ? graph->nodes[i].get() : nullptr;
    *count = nodes == nullptr ? graph->nodes.size() : std::min(*count, graph->nodes.size());
    return Success;
}

CUresult cuGraphAddNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, const void*, size_t count,
                           CUgraphNodeParams* parameters) {
    STANDIN_ENTER();
    if (!isGraph(graph) || parameters == nullptr || (count > 0 && dependencies == nullptr)) return InvalidValue;
    if (parameters->type != ConditionalNode || !config().conditional) return NotSupported;
    return addConditional(node, *graph, dependencies, count, *parameters);
}

CUresult cuGraphAddNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, size_t count,
                        CUgraphNodeParams* parameters) {
    return cuGraphAddNode_v2(node, graph, dependencies, nullptr, count, parameters);
}

CUresult cuGraphConditionalHandleCreate(CUgraphConditionalHandle* handle, CUgraph graph, CUcontext context, unsigned defaultValue,
                                        unsigned flags) {
    STANDIN_ENTER();
    if (!config().conditional) return NotSupported;
    if (!isGraph(graph) || flags > 1 || (context != nullptr && !isContext(context))) return InvalidValue;
    graph->handles.push_back(std::make_shared<ConditionalHandle>(defaultValue, flags == 1));
    *handle = graph->handles.back()->number();
    return Success;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags) {
    STANDIN_ENTER();
    constexpr unsigned long long allFlags = 15;
    if (!isGraph(graph) || graph->isBody || flags > allFlags) return InvalidValue;
    if (holdsAllocationInBody(*graph)) return refuse("the body of a conditional node allocates (a product without a work space of its own)");
    if (!bodiesFit(*graph)) return NotSupported;
    *exec = new GraphExec{copyGraph(*graph)};
    execs().insert(*exec);
    return Success;
}

CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
    STANDIN_ENTER();
    if (execs().count(exec) == 0) return InvalidHandle;
    if (!isStream(stream)) return InvalidHandle;
    if (resolve(stream)->capture != nullptr && (holdsConditional(*exec->graph) || holdsAllocation(*exec->graph))) {
        resolve(stream)->capture->broken = true;
        return refuse("a graph within a graph holds a conditional node or an allocation");
    }
    return submit(resolve(stream), makeGraphOperation(exec->graph, openRanges()));
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
    std::lock_guard lock(apiMutex());
    if (execs().erase(exec) == 0) return InvalidValue;
    delete exec; // a launch that is still queued holds the graph itself
    return stickyError();
}
