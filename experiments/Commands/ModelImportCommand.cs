using PoseEngine.Experiments.Interchange;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine model import</c>: a model out of a .safetensors file of another program.</summary>
internal static class ModelImportCommand
{
    private static readonly Option<string> Weights = new("--weights") { Description = "The .safetensors file, saved by PyTorch for instance", Required = true };
    private static readonly Option<string> Out = new("--out") { Description = "The model file to write", Required = true };

    private static readonly Option<double> Scale = Options.Check(
        new Option<double>("--output-scale-mm") { Description = "Millimetres that one unit of the outputs stands for: 1 for a network trained on millimetres, 1000 on metres", Required = true },
        scale => scale > 0 && double.IsFinite(scale), "must be a number above 0");

    private static readonly Option<string> Network = Options.Of("--network", "The layers", LayerSpec.PaperNetwork);
    private static readonly Option<string> Input = Options.Of("--input", "Channels, rows and columns of one sample", "3x128x128");
    private static readonly Option<string> Prefix = Options.Of("--prefix", "What stands in front of all names, such as module.", "");

    private static readonly Option<string> Mean = Options.Of(
        "--mean", "The network reads (rgb / 255 - mean) / std, a number or one for each channel; another mean than ours is folded into the first layer", "0.5");

    private static readonly Option<string> Deviation = Options.Of("--std", "See --mean", "1");

    public static Command Create() => Options.Build(
        "import",
        """
        Makes a model out of a .safetensors file of another program: float32, float64, float16 or bfloat16 under the
        names that "poseengine model --help" shows. What the file cannot say is said by options: the layers (Eq. 13 of
        the paper unless given), how colours are read and the unit of the outputs. Tensors that are missing, extra or
        misshapen are named, all at once.

        Examples:
          poseengine model import --weights pytorch.safetensors --output-scale-mm 1000 --out model.safetensors
          poseengine model import --weights ddp.safetensors --prefix module. --output-scale-mm 1 --out model.safetensors
          poseengine model import --weights w.safetensors --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --output-scale-mm 1 --out m.safetensors
          poseengine model import --weights w.safetensors --network conv8x5s2,pool3s2p1,relu,dense51 --output-scale-mm 1 --out m.safetensors
        """,
        Import, Weights, Out, Scale, Network, Input, Prefix, Mean, Deviation);

    private static int Import(ParseResult parsed)
    {
        var path = parsed.GetValue(Weights)!;
        var import = new WeightsImport(
            path, parsed.GetValue(Network)!, parsed.GetValue(Input)!, parsed.GetValue(Prefix)!, parsed.GetValue(Scale),
            WeightsImport.EncodingOf(parsed.GetValue(Mean)!, parsed.GetValue(Deviation)!));
        var file = SafeTensorsFile.Load(path);
        return WeightsImport.NeedsDouble(file) ? Write<double>(import, file, parsed) : Write<float>(import, file, parsed);
    }

    private static int Write<T>(WeightsImport import, SafeTensorsFile file, ParseResult parsed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var device = new CpuDevice<T>(1);
        var model = import.Build(file, device);
        var path = parsed.GetValue(Out)!;
        model.Save(path);
        Console.WriteLine($"{path}: {model.Network.ParameterCount:N0} parameters of {model.Network.Text} for inputs of {model.Network.Input}");
        Console.WriteLine($"  reads (rgb / 255 - {parsed.GetValue(Mean)}) / {parsed.GetValue(Deviation)}; one unit of the outputs is {import.OutputScaleMm} mm");
        return CommandLine.Done;
    }
}
