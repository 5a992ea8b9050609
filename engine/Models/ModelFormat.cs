namespace PoseEngine.Models;

/// <summary>What all model files say about themselves.</summary>
public static class ModelFormat
{
    /// <summary>The value "format" of the metadata.</summary>
    public const string Name = "poseengine-model";

    /// <summary>How the bytes of an image become the network's inputs.</summary>
    public const string InputEncoding = "rgb / 255 - 0.5";

    /// <summary>The key of the constraints in the metadata.</summary>
    public const string ConstraintsKey = "constraints";
}
