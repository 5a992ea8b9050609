namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Which recording: a person, what is done, which time, seen by which camera.</summary>
/// <param name="Subject">1, 5, 6, 7, 8, 9 or 11.</param>
/// <param name="Trial">1 or 2.</param>
/// <param name="Camera">1 to 4 in ascending order of the cameras' ids.</param>
public readonly record struct RecordingKey(int Subject, HumanAction Action, int Trial, int Camera)
{
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"S{Subject} {Action.Name} trial {Trial} camera {CameraTable.Id(Camera)}");
}

/// <summary>What coordinates are measured in.</summary>
public enum PoseSpace
{
    /// <summary>The room: z up.</summary>
    World,

    /// <summary>The camera: x right, y down, z forward.</summary>
    Camera,
}

/// <summary>Whose limbs the poses have.</summary>
public enum PoseVariant
{
    /// <summary>Each subject's own; the data set calls it mono.</summary>
    Mono,

    /// <summary>One skeleton for all subjects; the data set calls it mono_universal.</summary>
    Universal,
}

/// <summary>Poses as a file has them. Unit (millimetres or metres) is found out from the values; order of joints is the data set's own with
/// 32 joints, or the usual 17, or these and an eighteenth that is dropped.</summary>
/// <param name="Values">Poses x joints x 3.</param>
/// <param name="Joints">32, 17 or 18.</param>
/// <param name="Space">What the layout says that the coordinates are; checked against the values.</param>
/// <param name="File">Where they come from, for messages.</param>
/// <param name="Frames">The frame at 50 Hz of each pose, ascending, counted from 0; null for 0, 1, 2, ...</param>
public sealed record RawPoses(double[] Values, int Joints, PoseSpace Space, PoseVariant Variant, string File, int[]? Frames = null)
{
    /// <summary>The number of poses.</summary>
    public int Count => Values.Length / (3 * Joints);

    /// <summary>The frame of a pose.</summary>
    public int Frame(int pose) => Frames is { } frames ? frames[pose] : pose;
}

/// <summary>What a layout finds: poses and the images that go with them.</summary>
/// <param name="Poses">
/// World poses serve all four cameras: hand out the same object for each, one camera after the other, so that it is
/// checked once.
/// </param>
public sealed record Recording(RecordingKey Key, RawPoses Poses, FrameStore Frames);
