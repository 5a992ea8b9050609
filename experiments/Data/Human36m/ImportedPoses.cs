namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The poses of a recording as a pack wants them.</summary>
/// <param name="Relative">17 x 3 numbers a pose: millimetres, camera space, minus the pelvis.</param>
/// <param name="Roots">The pelvis in camera space, mm.</param>
/// <param name="Frames">The frame at 50 Hz of each pose, ascending, counted from 0.</param>
public sealed record ImportedPoses(float[] Relative, Vec3[] Roots, int[] Frames)
{
    /// <summary>The number of poses.</summary>
    public int Count => Frames.Length;

    /// <summary>The 51 numbers of a pose.</summary>
    public ReadOnlySpan<float> Pose(int index) => Relative.AsSpan(index * PackFiles.PoseValues, PackFiles.PoseValues);
}
