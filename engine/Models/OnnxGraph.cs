using System.Runtime.InteropServices;
using PoseEngine.Layers;

namespace PoseEngine.Models;

/// <summary>The types of ONNX tensors that are used here, with their numbers in the format.</summary>
internal enum OnnxType
{
    Float32 = 1,
    UInt8 = 2,
    Int64 = 7,
}

/// <summary>
/// Builds an ONNX graph node by node and writes the model around it. Field numbers are those of the format's published
/// schema (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxGraph(string name)
{
    /// <summary>Version of the file format that goes with the operators.</summary>
    public const int FormatVersion = 6;

    /// <summary>The extent that is free: the number of samples.</summary>
    public const string BatchName = "batch";

    // AttributeProto.AttributeType.
    private const int NumberAttribute = 1;
    private const int IntegerAttribute = 2;
    private const int IntegersAttribute = 7;

    private readonly ProtobufMessage _graph = new ProtobufMessage().Add(2, name);

    /// <summary>Says what the model reads: a batch of samples.</summary>
    public void AddInput(string value, OnnxType type, IReadOnlyList<int> sample, string meaning) => _graph.Add(11, Value(value, type, sample, meaning));

    /// <summary>Says what the model computes: a batch of samples.</summary>
    public void AddOutput(string value, OnnxType type, IReadOnlyList<int> sample, string meaning) => _graph.Add(12, Value(value, type, sample, meaning));

    /// <summary>A constant of float32 numbers; no extents make a scalar.</summary>
    public string AddConstant(string value, ReadOnlySpan<float> numbers, params IReadOnlyList<int> extents)
        => AddConstant(value, OnnxType.Float32, MemoryMarshal.AsBytes(numbers).ToArray(), extents);

    /// <summary>A constant of int64 numbers.</summary>
    public string AddConstant(string value, params ReadOnlySpan<long> numbers)
        => AddConstant(value, OnnxType.Int64, MemoryMarshal.AsBytes(numbers).ToArray(), [numbers.Length]);

    /// <summary>Adds an operator with one output, whose name it returns.</summary>
    public string AddNode(string operation, string output, IReadOnlyList<string> inputs, params IReadOnlyList<ProtobufMessage> attributes)
    {
        var node = new ProtobufMessage();
        foreach (var input in inputs) node.Add(1, input);
        node.Add(2, output).Add(3, output).Add(4, operation);
        foreach (var attribute in attributes) node.Add(5, attribute);
        _graph.Add(1, node);
        return output;
    }

    /// <summary>An attribute of one whole number.</summary>
    public static ProtobufMessage Integer(string attribute, long value) => new ProtobufMessage().Add(1, attribute).Add(3, value).Add(20, IntegerAttribute);

    /// <summary>An attribute of several whole numbers.</summary>
    public static ProtobufMessage Integers(string attribute, params ReadOnlySpan<long> values)
    {
        var message = new ProtobufMessage().Add(1, attribute);
        foreach (var value in values) message.Add(8, value);
        return message.Add(20, IntegersAttribute);
    }

    /// <summary>An attribute as a layer gives it.</summary>
    public static ProtobufMessage Attribute(OnnxAttribute attribute)
    {
        if (attribute.Integers is not { } integers) return new ProtobufMessage().Add(1, attribute.Name).Add(2, (float)attribute.Number).Add(20, NumberAttribute);
        return attribute.IsList ? Integers(attribute.Name, [.. integers]) : Integer(attribute.Name, integers[0]);
    }

    /// <summary>The model as a file.</summary>
    /// <param name="description">A sentence or two for whoever opens it.</param>
    /// <param name="metadata">Texts by name.</param>
    public byte[] ToBytes(string description, IReadOnlyDictionary<string, string> metadata)
    {
        var model = new ProtobufMessage().Add(1, FormatVersion).Add(2, "PoseEngine").Add(6, description).Add(7, _graph);
        model.Add(8, new ProtobufMessage().Add(1, "").Add(2, OnnxFile.Opset));
        foreach (var (key, text) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            model.Add(14, new ProtobufMessage().Add(1, key).Add(2, text));
        }
        return model.ToBytes();
    }

    private string AddConstant(string value, OnnxType type, byte[] bytes, IReadOnlyList<int> extents)
    {
        var tensor = new ProtobufMessage();
        foreach (var extent in extents) tensor.Add(1, extent);
        _graph.Add(5, tensor.Add(2, (long)type).Add(8, value).Add(9, bytes));
        return value;
    }

    private static ProtobufMessage Value(string value, OnnxType type, IReadOnlyList<int> sample, string meaning)
    {
        var shape = new ProtobufMessage().Add(1, new ProtobufMessage().Add(2, BatchName));
        foreach (var extent in sample) shape.Add(1, new ProtobufMessage().Add(1, extent));
        var tensor = new ProtobufMessage().Add(1, (long)type).Add(2, shape);
        return new ProtobufMessage().Add(1, value).Add(2, new ProtobufMessage().Add(1, tensor)).Add(3, meaning);
    }
}
