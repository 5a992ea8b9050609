namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine data</c>: makes packs of images and poses, and looks at them.</summary>
internal static class DataCommand
{
    public static Command Create() => new(
        "data",
        """
        Makes packs of images and poses, and looks at them. A pack is a folder of images.npy (uint8, N x 128 x 128 x 3),
        poses.npy (float32, N x 17 x 3, millimetres in camera space minus the pelvis) and meta.csv.

        Examples:
          poseengine data make --out walkers --scale 20
          poseengine data make --motion clips/ --out motion-pack
          poseengine data import human36m /data/h36m --out walking
          poseengine data inspect walkers
        """)
    {
        DataMakeCommand.Create(),
        DataImportCommand.Create(),
        DataInspectCommand.Create(),
    };
}
