using System.Globalization;
using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Models;

/// <summary>What the outputs of a model that sees images are, for whoever opens its ONNX file.</summary>
/// <param name="Name">The name of the output.</param>
/// <param name="Sample">Extents of one sample, such as 17 x 3; as many numbers as the network has outputs.</param>
/// <param name="Meaning">A sentence, such as "x, y, z of 17 joints, millimetres".</param>
public sealed record OnnxOutput(string Name, Shape Sample, string Meaning);

/// <summary>Writes models as ONNX with a free batch dimension, in float32 because runtimes have no convolution of float64 numbers.</summary>
public static class OnnxFile
{
    /// <summary>Version of the operators: ONNX Runtime has read it since 1.0, and so has every converter.</summary>
    public const int Opset = 11;

    /// <summary>The network alone: encoded numbers [N, C, H, W] in, outputs in their own unit out.</summary>
    /// <exception cref="ModelFileException">The model is too large, a layer has no form in ONNX, or a number is beyond float32.</exception>
    public static byte[] Of<T>(ModelFile<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new OnnxExport<T>(model, null).Build();

    /// <summary>RGB bytes [N, H, W, 3] in, outputs in the unit of the targets out: encoding and scale are nodes.</summary>
    /// <exception cref="ModelFileException">
    /// Likewise, or the network reads no RGB images, or has another number of outputs than a sample has.
    /// </exception>
    public static byte[] OfImages<T>(ModelFile<T> model, OnnxOutput output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new OnnxExport<T>(model, output).Build();
}

/// <summary>One file in the making.</summary>
/// <param name="model">The model.</param>
/// <param name="images">What the outputs of images are; null writes the network alone.</param>
internal sealed class OnnxExport<T>(ModelFile<T> model, OnnxOutput? images)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Larger models do not fit the 2 GiB of a protobuf message.</summary>
    private const int MostParameters = 500_000_000;

    private readonly OnnxGraph _graph = new("poseengine");

    private Network<T> Network => model.Network;

    private string InputMeaning => images is not null
        ? "RGB images, a byte a colour, rows of pixels"
        : $"RGB as {ModelFormat.InputEncoding}, channels first";

    public byte[] Build()
    {
        var count = Network.ParameterCount;
        if (count > MostParameters) throw new ModelFileException($"the model has {count.ToString("N0", CultureInfo.InvariantCulture)} parameters, an ONNX file holds at most 500,000,000");
        var value = images is not null ? AddImage() : AddNumbers();
        foreach (var (spec, layer) in Network.Specs.Zip(Network.Layers)) value = AddLayer(spec, layer, value);
        var output = images is not null ? AddOutput(value, images) : AddOutput(value);
        var metadata = new Dictionary<string, string>(model.ToSafeTensors().Metadata)
        {
            ["input_meaning"] = InputMeaning,
            ["output_meaning"] = output,
        };
        metadata.Remove("format");
        return _graph.ToBytes($"{Network.Text}. Input: {InputMeaning}. Output: {output}.", metadata);
    }

    private string AddNumbers()
    {
        _graph.AddInput("input", OnnxType.Float32, Extents(Network.Input), InputMeaning);
        return "input";
    }

    /// <summary>x / 255 - 1/2 in planes, see <see cref="Kernels.IImageKernels{T}"/>.</summary>
    private string AddImage()
    {
        if (Network.Input.Rank != 3 || Network.Input[0] != 3) throw new ModelFileException($"the network reads {Network.Input}, no RGB images of 3 channels");
        _graph.AddInput("image", OnnxType.UInt8, [Network.Input[1], Network.Input[2], 3], InputMeaning);
        var numbers = _graph.AddNode("Cast", "encode.cast", ["image"], OnnxGraph.Integer("to", (long)OnnxType.Float32));
        var planes = _graph.AddNode("Transpose", "encode.planes", [numbers], OnnxGraph.Integers("perm", 0, 3, 1, 2));
        var scaled = _graph.AddNode("Div", "encode.scaled", [planes, _graph.AddConstant("encode.divisor", [255f])]);
        return _graph.AddNode("Sub", "encode.centred", [scaled, _graph.AddConstant("encode.centre", [0.5f])]);
    }

    private string AddLayer(LayerSpec spec, Layer<T> layer, string x)
        => spec.WriteOnnx(new OnnxLayer(_graph, layer.Name, AddParameters(layer)), x, layer.Input)
            ?? throw new ModelFileException($"the layer {layer.Name} ({spec}) has no form in ONNX{(spec.OnnxReason is { } reason ? $": {reason}" : "")}");

    private string[] AddParameters(Layer<T> layer) => [.. layer.Parameters.Select(spec =>
    {
        var offset = Network.Parameters.First(parameter => parameter.Spec.Name == spec.Name).Offset;
        var numbers = Array.ConvertAll(model.Parameters.Slice(offset, spec.Shape.Count).ToArray(), float.CreateTruncating);
        var infinite = Array.FindIndex(numbers, number => !float.IsFinite(number));
        if (infinite >= 0) throw new ModelFileException($"element {infinite} of {spec.Name} is beyond what float32 holds, and ONNX files are written in float32");
        return _graph.AddConstant(spec.Name, numbers, Extents(spec.Shape));
    })];

    private string AddOutput(string value)
    {
        var meaning = string.Create(CultureInfo.InvariantCulture, $"in units of {model.OutputScale:R} mm");
        _graph.AddNode("Identity", "output", [value]);
        _graph.AddOutput("output", OnnxType.Float32, Extents(Network.Output), meaning);
        return meaning;
    }

    private string AddOutput(string value, OnnxOutput output)
    {
        var scaled = _graph.AddNode("Mul", "scaled", [value, _graph.AddConstant("output_scale_mm", [(float)model.OutputScale])]);
        if (Network.Output.Count != output.Sample.Count) throw new ModelFileException($"the network computes {Network.Output}, a {output.Name} has {output.Sample.Count} numbers");
        var extents = Extents(output.Sample);
        long[] shape = [-1, .. extents];
        _graph.AddNode("Reshape", output.Name, [scaled, _graph.AddConstant($"{output.Name}.shape", shape)]);
        _graph.AddOutput(output.Name, OnnxType.Float32, extents, output.Meaning);
        return output.Meaning;
    }

    private static int[] Extents(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(d => shape[d])];
}
