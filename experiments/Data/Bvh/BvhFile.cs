namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>What one number of a motion line moves: a shift along an axis, or a turn about it in degrees.</summary>
public enum BvhChannel
{
    XPosition, YPosition, ZPosition, XRotation, YRotation, ZRotation,
}

/// <summary>A joint of the hierarchy, or an End Site, which has no channels.</summary>
/// <param name="Parent">The index of the parent, which precedes its children; -1 for the root.</param>
/// <param name="Offset">From the parent, in the file's own unit.</param>
/// <param name="Channels">In the order of the file, which is also the order in which the turns are multiplied.</param>
/// <param name="FirstChannel">Where this joint's numbers begin in a motion line.</param>
public sealed record BvhJoint(string Name, int Parent, Vec3 Offset, IReadOnlyList<BvhChannel> Channels, int FirstChannel, bool IsEndSite);

/// <summary>A BVH file as written: the joint tree and the numbers of each frame, in the file's own unit and axes.</summary>
/// <param name="frameTime">Seconds from a frame to the next.</param>
public sealed class BvhFile(string name, IReadOnlyList<BvhJoint> joints, double frameTime, int channelCount, double[] values)
{
    public const long MaxFileBytes = 256L << 20;
    public string Name => name;
    public IReadOnlyList<BvhJoint> Joints => joints;
    public double FrameTime => frameTime;
    public int ChannelCount => channelCount;
    public int FrameCount => values.Length / channelCount;

    /// <summary>The numbers of one motion line: <see cref="ChannelCount"/> values, degrees and file units.</summary>
    public ReadOnlySpan<double> Frame(int index) => values.AsSpan(index * ChannelCount, ChannelCount);

    public static BvhFile Read(string path) => Attempt.Io(
        () =>
        {
            var length = new FileInfo(path).Length;
            if (length > MaxFileBytes)
                throw new UserErrorException($"{path}: {length >> 20} MiB is beyond the limit of {MaxFileBytes >> 20} MiB for a BVH file; cut the clip into shorter ones");
            using var reader = new StreamReader(path, Encoding.UTF8);
            return Parse(reader, path);
        },
        error => new UserErrorException($"{path}: cannot read this BVH file ({error.GetType().Name}); check that it exists and may be read", error));

    public static BvhFile Parse(TextReader reader, string name) => new BvhParser(reader, name).Parse();
}
