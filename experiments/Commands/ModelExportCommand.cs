using PoseEngine.Experiments.Interchange;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine model export</c>: a model as ONNX.</summary>
internal static class ModelExportCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "The model file", Required = true };
    private static readonly Option<string> Onnx = new("--onnx") { Description = "The .onnx file to write", Required = true };

    private static readonly Option<string> Form = Options.Word(
        "--form",
        "pose: image (uint8 RGB, batch x 128 x 128 x 3, as in a pack) to pose (float32, batch x 17 x 3, millimetres), encoding and scale inside; "
            + "network: input (float32, batch x 3 x 128 x 128, rgb / 255 - 0.5) to output (float32, batch x 51, in units of output_scale_mm), as the file's layers compute",
        "pose", "pose", "network");

    public static Command Create()
    {
        var command = new Command(
            "export",
            $"""
            Writes a model as ONNX (operators of version {OnnxFile.Opset}, which ONNX Runtime reads since 1.0) with a free batch
            dimension. What is best for most is the default: the image of a person in, as a person's tools hold it, and joints
            in millimetres out. The numbers are float32 also where the model is of float64, since runtimes have no convolution
            of the latter. Scale, encoding and all that the model file says stand in the file's metadata too.

            Examples:
              poseengine model export --model runs/pose-quick/models/unconstrained.safetensors --onnx pose.onnx
              poseengine model export --model model.safetensors --form network --onnx network.onnx
            """)
        {
            Model, Onnx, Form,
        };
        command.SetAction(parsed => Export(parsed.GetValue(Model)!, parsed.GetValue(Onnx)!, parsed.GetValue(Form) == "pose"));
        return command;
    }

    private static int Export(string path, string onnx, bool isPose)
    {
        using var device = new CpuDevice<double>(1);
        var model = ModelFile<double>.Load(path, device);
        var bytes = isPose ? PoseOnnx.ToBytes(model) : OnnxFile.Of(model);
        OutputFile.WriteBytes(onnx, bytes);
        var form = isPose
            ? "image [batch, rows, columns, 3] uint8 RGB to pose [batch, 17, 3] in mm"
            : $"input [batch, channels, rows, columns] as {ModelFormat.InputEncoding} to output in units of output_scale_mm";
        Console.WriteLine($"{onnx}: {bytes.Length / 1e6:0.0} MB, {form}");
        return CommandLine.Done;
    }
}
