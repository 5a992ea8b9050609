using PoseEngine.Layers;

namespace PoseEngine.Models;

/// <summary>A layer's part of an ONNX graph: its nodes are called after it and their operators, such as "dense1/Gemm".</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="layer">The layer's name.</param>
/// <param name="parameters">The names of its parameter tensors.</param>
internal sealed class OnnxLayer(OnnxGraph graph, string layer, IReadOnlyList<string> parameters) : IOnnxWriter
{
    private int _count;

    public IReadOnlyList<string> Parameters { get; } = parameters;

    public string Node(string operation, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes)
        => graph.AddNode(operation, Named(operation), inputs, [.. attributes.Select(OnnxGraph.Attribute)]);

    public string Constant(double value) => graph.AddConstant(Named("Constant"), [(float)value]);

    private string Named(string what) => _count++ == 0 ? $"{layer}/{what}" : $"{layer}/{what}_{_count}";
}
