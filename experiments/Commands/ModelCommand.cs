namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine model</c>: exchanges models with other programs.</summary>
internal static class ModelCommand
{
    public static Command Create() => new(
        "model",
        """
        Exchanges models with other programs. PyTorch and every other reader of .safetensors load our files as they are:
        the names are conv1.weight [out, in, rows, columns], conv1.bias, dense1.weight [out, in], dense1.bias and so on.

        Examples:
          poseengine model export --model runs/pose-quick/models/unconstrained.safetensors --onnx pose.onnx
          poseengine model import --weights pytorch.safetensors --output-scale-mm 1000 --out model.safetensors
        """)
    {
        ModelExportCommand.Create(),
        ModelImportCommand.Create(),
    };
}
