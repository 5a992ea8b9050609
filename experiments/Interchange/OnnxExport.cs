namespace PoseEngine.Experiments.Interchange;

/// <summary>What an exported model reads and computes.</summary>
internal enum OnnxForm
{
    /// <summary>RGB bytes [N, H, W, 3] in, joints in millimetres [N, 17, 3] out: encoding and scale are nodes.</summary>
    Pose,

    /// <summary>The network alone: encoded numbers [N, C, H, W] in, outputs in units of output_scale_mm out.</summary>
    Network,
}

/// <summary>Writes a model as ONNX, in float32 because runtimes have no convolution of float64 numbers.</summary>
/// <typeparam name="T">The number type of the model.</typeparam>
internal sealed class OnnxExport<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Larger models do not fit the 2 GiB of a protobuf message.</summary>
    private const int MostParameters = 500_000_000;

    private readonly ModelFile<T> _model;
    private readonly OnnxForm _form;
    private readonly OnnxGraph _graph = new("poseengine");

    private OnnxExport(ModelFile<T> model, OnnxForm form) => (_model, _form) = (model, form);

    private Network<T> Network => _model.Network;

    /// <summary>The model as the bytes of an .onnx file.</summary>
    /// <exception cref="UserErrorException">
    /// The model is too large, a layer has no form in ONNX, or it is no map of RGB images and has no form of a pose.
    /// </exception>
    public static byte[] ToBytes(ModelFile<T> model, OnnxForm form) => new OnnxExport<T>(model, form).Build();

    private byte[] Build()
    {
        var count = Network.ParameterCount;
        if (count > MostParameters) throw new UserErrorException($"the model has {count:N0} parameters, an ONNX file holds at most {MostParameters:N0}");
        var value = _form == OnnxForm.Pose ? AddImage() : AddNumbers();
        foreach (var (spec, layer) in Network.Specs.Zip(Network.Layers)) value = AddLayer(spec, layer, value);
        var output = _form == OnnxForm.Pose ? AddPose(value) : AddOutput(value);
        var metadata = new Dictionary<string, string>(_model.ToSafeTensors().Metadata)
        {
            ["input_meaning"] = InputMeaning,
            ["output_meaning"] = output,
        };
        metadata.Remove("format");
        return _graph.ToBytes($"{Network.Text}. Input: {InputMeaning}. Output: {output}.", metadata);
    }

    private string InputMeaning => _form == OnnxForm.Pose
        ? "RGB images, a byte a colour, rows of pixels"
        : $"RGB as {ModelFormat.InputEncoding}, channels first";

    private string AddNumbers()
    {
        _graph.AddInput("input", OnnxType.Float32, Extents(Network.Input), InputMeaning);
        return "input";
    }

    /// <summary>x / 255 - 1/2 in planes, see <see cref="Kernels.IImageKernels{T}"/>.</summary>
    private string AddImage()
    {
        if (Network.Input.Rank != 3 || Network.Input[0] != 3)
        {
            throw new UserErrorException($"the network reads {Network.Input}, no RGB images of 3 channels; export it with --form network");
        }
        _graph.AddInput("image", OnnxType.UInt8, [Network.Input[1], Network.Input[2], 3], InputMeaning);
        var numbers = _graph.AddNode("Cast", "encode.cast", ["image"], OnnxGraph.Integer("to", (long)OnnxType.Float32));
        var planes = _graph.AddNode("Transpose", "encode.planes", [numbers], OnnxGraph.Integers("perm", 0, 3, 1, 2));
        var scaled = _graph.AddNode("Div", "encode.scaled", [planes, _graph.AddConstant("encode.divisor", [255f])]);
        return _graph.AddNode("Sub", "encode.centred", [scaled, _graph.AddConstant("encode.centre", [0.5f])]);
    }

    private string AddLayer(LayerSpec spec, Layer<T> layer, string x)
        => spec.WriteOnnx(new OnnxLayer(_graph, layer.Name, AddParameters(layer)), x, layer.Input)
            ?? throw new UserErrorException($"the layer {layer.Name} ({spec}) has no form in ONNX");

    private string[] AddParameters(Layer<T> layer) => [.. layer.Parameters.Select(spec =>
    {
        var offset = Network.Parameters.First(parameter => parameter.Spec.Name == spec.Name).Offset;
        var numbers = Array.ConvertAll(_model.Parameters.Slice(offset, spec.Shape.Count).ToArray(), float.CreateTruncating);
        var infinite = Array.FindIndex(numbers, number => !float.IsFinite(number));
        if (infinite >= 0) throw new UserErrorException($"element {infinite} of {spec.Name} is beyond what float32 holds, and ONNX files are written in float32");
        return _graph.AddConstant(spec.Name, numbers, Extents(spec.Shape));
    })];

    private string AddOutput(string value)
    {
        var meaning = string.Create(CultureInfo.InvariantCulture, $"in units of {_model.OutputScale:R} mm");
        _graph.AddNode("Identity", "output", [value]);
        _graph.AddOutput("output", OnnxType.Float32, Extents(Network.Output), meaning);
        return meaning;
    }

    private string AddPose(string value)
    {
        var scaled = _graph.AddNode("Mul", "scaled", [value, _graph.AddConstant("output_scale_mm", [(float)_model.OutputScale])]);
        if (Network.Output.Count != 3 * Skeleton.JointCount)
        {
            throw new UserErrorException($"the network computes {Network.Output}, a pose has {3 * Skeleton.JointCount} numbers; export it with --form network");
        }
        var meaning = $"x, y, z of {Skeleton.JointCount} joints, millimetres in camera space minus the pelvis: {string.Join(", ", Enum.GetNames<Joint>())}";
        _graph.AddNode("Reshape", "pose", [scaled, _graph.AddConstant("pose.shape", -1, Skeleton.JointCount, 3)]);
        _graph.AddOutput("pose", OnnxType.Float32, [Skeleton.JointCount, 3], meaning);
        return meaning;
    }

    private static int[] Extents(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(d => shape[d])];
}
