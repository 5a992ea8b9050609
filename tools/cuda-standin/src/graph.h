// Graphs: captured or built nodes, WHILE nodes with a body graph, and running them.
#pragma once
#include "api.h"
#include "conditional.h"
#include "operation.h"

#include <memory>
#include <vector>

namespace standin {

struct GraphNode {
    OperationPtr operation; // null in a conditional node
    std::vector<GraphNode*> dependencies;
    CUgraphConditionalHandle handle = 0; // of a conditional node
    ConditionalType type = ConditionalIf;
    std::shared_ptr<Graph> body;
};

struct Graph {
    std::vector<std::unique_ptr<GraphNode>> nodes; // a node comes after those it depends on
    std::vector<std::shared_ptr<const ConditionalHandle>> handles;
    bool isBody = false; // owned by a node: cuGraphDestroy must not be called on it
};

bool hasNode(const Graph& graph, const GraphNode* node);
GraphNode* addNode(Graph& graph, OperationPtr operation, std::vector<GraphNode*> dependencies);

// Graphs alive as handles of the API.
void registerGraph(Graph* graph);
void forgetGraph(Graph* graph);
bool isGraph(const Graph* graph);

// An instantiated graph: a copy that no later change of the graph reaches.
struct GraphExec {
    std::shared_ptr<const Graph> graph;
};

std::size_t destroyExecs(); // with their context; how many there were

// What a graph holds at any depth decides where it may be used.
bool holdsConditional(const Graph& graph);
bool holdsAllocation(const Graph& graph);
bool holdsAllocationInBody(const Graph& graph); // in the body of a conditional node

std::shared_ptr<Graph> copyGraph(const Graph& graph);

// A launch of an instantiated graph, as an operation of a stream. A captured one becomes a child node.
OperationPtr makeGraphOperation(std::shared_ptr<const Graph> graph, std::string range);

} // namespace standin
