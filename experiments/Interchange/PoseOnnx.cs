namespace PoseEngine.Experiments.Interchange;

/// <summary>A model of poses as ONNX: RGB bytes [N, H, W, 3] in, joints in millimetres [N, 17, 3] out.</summary>
internal static class PoseOnnx
{
    private const string Remedy = "; export it with --form network";

    private static readonly OnnxOutput Pose = new(
        "pose", new Shape(Skeleton.JointCount, 3),
        $"x, y, z of {Skeleton.JointCount} joints, millimetres in camera space minus the pelvis: {string.Join(", ", Enum.GetNames<Joint>())}");

    /// <exception cref="UserErrorException">The network reads no RGB images, or computes no poses.</exception>
    public static byte[] ToBytes<T>(ModelFile<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (input, output) = (model.Network.Input, model.Network.Output);
        if (input.Rank != 3 || input[0] != 3) throw new UserErrorException($"the network reads {input}, no RGB images of 3 channels{Remedy}");
        return output.Count == Pose.Sample.Count
            ? OnnxFile.OfImages(model, Pose)
            : throw new UserErrorException($"the network computes {output}, a pose has {Pose.Sample.Count} numbers{Remedy}");
    }
}
