#include "graph.h"

#include "config.h"
#include "context.h"
#include "report.h"
#include "stats.h"

#include <algorithm>
#include <map>
#include <set>

namespace standin {

namespace {

// A body that never clears its handle would hang a GPU; here it ends in an error.
constexpr u64 maxWhileRounds = 10'000'000;

std::set<const Graph*>& registered() {
    static auto& instance = *new std::set<const Graph*>();
    return instance;
}

void runGraph(const Graph& graph);

void assignDefaults(const Graph& graph) {
    for (const auto& handle : graph.handles) assignDefault(handle->number());
    for (const auto& node : graph.nodes)
        if (node->body != nullptr) assignDefaults(*node->body);
}

void runConditional(const GraphNode& node) {
    if (node.type == ConditionalIf) {
        if (conditionalValue(node.handle) != 0) runGraph(*node.body);
        return;
    }
    for (u64 round = 0; conditionalValue(node.handle) != 0 && stickyError() == Success; ++round) {
        if (round == maxWhileRounds) {
            report(format("WHILE: the body of a conditional node ran %llu times and never cleared its handle",
                          static_cast<unsigned long long>(round)));
            setStickyError(LaunchFailed);
            return;
        }
        runGraph(*node.body);
    }
}

// The order in which the nodes run: as they were added, or, to show a missing dependency, another order that the
// dependencies allow.
std::vector<const GraphNode*> runOrder(const Graph& graph) {
    std::vector<const GraphNode*> result;
    const Config& settings = config();
    if (settings.order == Order::Forward) {
        for (const auto& node : graph.nodes) result.push_back(node.get());
        return result;
    }
    std::vector<const GraphNode*> waiting;
    for (const auto& node : graph.nodes) waiting.push_back(node.get());
    std::set<const GraphNode*> done;
    u64 random = settings.seed;
    while (!waiting.empty()) {
        std::vector<std::size_t> free;
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            const auto& needed = waiting[i]->dependencies;
            if (std::all_of(needed.begin(), needed.end(), [&](const GraphNode* n) { return done.count(n) != 0; }))
                free.push_back(i);
            if (free.size() == 16) break; // enough choice
        }
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        const std::size_t pick = settings.order == Order::Reverse ? free.back() : free[(random >> 33) % free.size()];
        result.push_back(waiting[pick]);
        done.insert(waiting[pick]);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    return result;
}

void runGraph(const Graph& graph) {
    for (const GraphNode* node : runOrder(graph)) {
        if (stickyError() != Success) return;
        ++stats().graphNodes;
        if (node->operation != nullptr)
            node->operation->run();
        else
            runConditional(*node);
    }
}

class GraphOperation : public Operation {
public:
    GraphOperation(std::shared_ptr<const Graph> graph, std::string range) : graph_(std::move(graph)), range_(std::move(range)) {}

    const Graph* child() const override { return graph_.get(); }

    void run() const override {
        if (stickyError() != Success) return;
        ++stats().graphLaunches;
        recordLaunch(range_, "cuGraphLaunch");
        assignDefaults(*graph_);
        runGraph(*graph_);
    }

private:
    std::shared_ptr<const Graph> graph_;
    std::string range_;
};

} // namespace

bool hasNode(const Graph& graph, const GraphNode* node) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const auto& own) { return own.get() == node; });
}

GraphNode* addNode(Graph& graph, OperationPtr operation, std::vector<GraphNode*> dependencies) {
    auto node = std::make_unique<GraphNode>();
    node->operation = std::move(operation);
    node->dependencies = std::move(dependencies);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.back().get();
}

void registerGraph(Graph* graph) { registered().insert(graph); }
void forgetGraph(Graph* graph) { registered().erase(graph); }
bool isGraph(const Graph* graph) { return registered().count(graph) != 0; }

namespace {

template <class Test> bool anyNode(const Graph& graph, Test test) {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const auto& node) { return test(*node); });
}

const Graph* childOf(const GraphNode& node) { return node.operation == nullptr ? nullptr : node.operation->child(); }

} // namespace

bool holdsConditional(const Graph& graph) {
    return anyNode(graph, [](const GraphNode& node) { return node.body != nullptr; });
}

bool holdsAllocation(const Graph& graph) {
    return anyNode(graph, [](const GraphNode& node) {
        if (node.body != nullptr) return holdsAllocation(*node.body);
        return node.operation->allocates() || (childOf(node) != nullptr && holdsAllocation(*childOf(node)));
    });
}

bool holdsAllocationInBody(const Graph& graph) {
    return anyNode(graph, [](const GraphNode& node) { return node.body != nullptr && holdsAllocation(*node.body); });
}

std::shared_ptr<Graph> copyGraph(const Graph& graph) {
    auto copy = std::make_shared<Graph>();
    copy->handles = graph.handles;
    copy->isBody = graph.isBody;
    std::map<const GraphNode*, GraphNode*> twin;
    for (const auto& node : graph.nodes) {
        GraphNode* made = addNode(*copy, node->operation, {});
        for (const GraphNode* needed : node->dependencies) made->dependencies.push_back(twin.at(needed));
        made->handle = node->handle;
        made->type = node->type;
        if (node->body != nullptr) made->body = copyGraph(*node->body);
        twin[node.get()] = made;
    }
    return copy;
}

OperationPtr makeGraphOperation(std::shared_ptr<const Graph> graph, std::string range) {
    return std::make_shared<GraphOperation>(std::move(graph), std::move(range));
}

} // namespace standin
