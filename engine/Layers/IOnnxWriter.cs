namespace PoseEngine.Layers;

/// <summary>
/// Where a layer writes itself down as operators of ONNX, opset 11, which file formats and runtimes share. Values are
/// known by names.
/// </summary>
public interface IOnnxWriter
{
    /// <summary>Adds an operator with one output.</summary>
    /// <param name="operation">Its name in ONNX, such as "Conv".</param>
    /// <param name="inputs">The names of its inputs, in its order.</param>
    /// <param name="attributes">What differs from the operator's defaults.</param>
    /// <returns>The name of its output.</returns>
    string Node(string operation, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes);

    /// <summary>Adds a scalar of float32 and returns its name.</summary>
    string Constant(double value);

    /// <summary>The names of the layer's parameter tensors, in their order and with the extents that the layer gave them.</summary>
    IReadOnlyList<string> Parameters { get; }
}

/// <summary>A setting of an ONNX operator: a whole number, several, or a float32 number.</summary>
public sealed record OnnxAttribute
{
    /// <summary>A whole number.</summary>
    public OnnxAttribute(string name, long value) => (Name, Integers, IsList) = (name, [value], false);

    /// <summary>Whole numbers.</summary>
    public OnnxAttribute(string name, params IReadOnlyList<long> values) => (Name, Integers, IsList) = (name, values, true);

    /// <summary>A float32 number.</summary>
    public OnnxAttribute(string name, double value) => (Name, Number) = (name, value);

    /// <summary>Its name, such as "strides".</summary>
    public string Name { get; }

    /// <summary>The whole numbers, or null where it is a float32 number.</summary>
    public IReadOnlyList<long>? Integers { get; }

    /// <summary>Whether the whole numbers are a list, be it of one.</summary>
    public bool IsList { get; }

    /// <summary>The float32 number where there are no whole ones.</summary>
    public double Number { get; }
}
