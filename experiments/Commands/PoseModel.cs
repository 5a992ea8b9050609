namespace PoseEngine.Experiments.Commands;

/// <summary>Loads models that map images of 128 x 128 pixels to 17 joints.</summary>
internal static class PoseModel
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="UserErrorException">Its network is for something else.</exception>
    /// <exception cref="ModelFileException">The file is damaged or missing.</exception>
    public static ModelFile<T> Load<T>(string path, ComputeDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var model = ModelFile<T>.Load(path, device);
        if (model.Network.Output.Count != 3 * Skeleton.JointCount || model.Network.Input.ToString() != "3x128x128")
        {
            throw new UserErrorException(
                $"--model {path}: its network maps {model.Network.Input} to {model.Network.Output}, poses need 3x128x128 to {3 * Skeleton.JointCount}");
        }
        return model;
    }
}
