namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Which recording: a person, what is done, which time, seen by which camera.</summary>
/// <param name="Subject">1, 5, 6, 7, 8, 9 or 11.</param>
/// <param name="Camera">1 to 4 in ascending order of the cameras' ids.</param>
public readonly record struct RecordingKey(int Subject, HumanAction Action, int Trial, int Camera)
{
    private static readonly (int Subject, string Action, int Trial)[] Shifted = [(9, "Greeting", 2), (9, "SittingDown", 2), (9, "Waiting", 1)];

    /// <summary>Whether the poses are known, by those who use the data set, to lie beside the people in its images.</summary>
    public bool PosesAreShifted => Shifted.Contains((Subject, Action.Name, Trial));

    public override string ToString() => $"S{Subject} {Action.Name} trial {Trial} camera {CameraTable.Id(Camera)}";
}

/// <summary>What coordinates are measured in: the room, z up, or the camera, x right, y down, z forward.</summary>
public enum PoseSpace
{
    World, Camera,
}

/// <summary>Whose limbs the poses have: each subject's own or one skeleton for all; the data set says mono and mono_universal.</summary>
public enum PoseVariant
{
    Mono, Universal,
}

/// <summary>Poses as a file has them. Unit (millimetres or metres) is found out from the values; order of joints is the data set's own with
/// 32 joints, or the usual 17, or these and an eighteenth that is dropped.</summary>
/// <param name="Space">What the layout says that the coordinates are; checked against the values.</param>
/// <param name="Frames">The frame at 50 Hz of each pose, ascending, counted from 0; null for 0, 1, 2, ...</param>
public sealed record RawPoses(double[] Values, int Joints, PoseSpace Space, PoseVariant Variant, string File, int[]? Frames = null)
{
    public int Count => Values.Length / (3 * Joints);
    /// <summary>Rows of a table in another order, or some of them.</summary>
    public static double[] Rows(double[] values, int rowLength, int[] rows) => [.. rows.SelectMany(row => new ArraySegment<double>(values, row * rowLength, rowLength))];

    public int Frame(int pose) => Frames is { } frames ? frames[pose] : pose;
}

public sealed record Recording(RecordingKey Key, RawPoses Poses, FrameStore Frames);

/// <summary>The poses of a recording as a pack wants them.</summary>
/// <param name="Relative">17 x 3 numbers a pose: millimetres, camera space, minus the pelvis.</param>
/// <param name="Frames">The frame at 50 Hz of each pose, ascending, counted from 0.</param>
public sealed record ImportedPoses(float[] Relative, Vec3[] Roots, int[] Frames)
{
    public static ImportedPoses None { get; } = new([], [], []);
    public int Count => Frames.Length;

    public ReadOnlySpan<float> Pose(int index) => Relative.AsSpan(index * PackFiles.PoseValues, PackFiles.PoseValues);
}
