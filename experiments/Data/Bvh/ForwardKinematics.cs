namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>World positions of all joints of a BVH file, in its own unit and axes. For a joint with offset o and channels c1 c2 c3, the
/// turns multiply in the order of the file, R = R(c1) R(c2) R(c3), and x = x_parent + W_parent t,   W = W_parent R,   t = o + shift.
/// Exporters disagree about position channels of joints below the root: some write the shift from the offset, others the whole vector from
/// the parent in place of it. Whichever lies nearer to the offsets, averaged over the file, decides.</summary>
public sealed class ForwardKinematics
{
    private readonly BvhFile _file;
    private readonly bool _positionsReplaceOffsets;

    public ForwardKinematics(BvhFile file)
    {
        _file = file;
        _positionsReplaceOffsets = PositionsLieNearOffsets(file);
    }

    public Vec3[] Positions(int frame)
    {
        var positions = new Vec3[_file.Joints.Count];
        Solve(frame, positions, new Rotation[_file.Joints.Count]);
        return positions;
    }

    /// <summary>World positions and orientations of one frame, an entry for each joint of the file.</summary>
    public void Solve(int frame, Span<Vec3> positions, Span<Rotation> rotations)
    {
        var values = _file.Frame(frame);
        for (var i = 0; i < _file.Joints.Count; i++)
        {
            var joint = _file.Joints[i];
            var local = values.Slice(joint.FirstChannel, joint.Channels.Count);
            var translation = Translation(joint, local);
            var rotation = LocalRotation(joint, local);
            positions[i] = joint.Parent < 0 ? translation : positions[joint.Parent] + rotations[joint.Parent].Apply(translation);
            rotations[i] = joint.Parent < 0 ? rotation : rotations[joint.Parent] * rotation;
        }
    }

    /// <summary>The pose in which no joint turns: every position is the sum of the offsets above it.</summary>
    public Vec3[] RestPositions()
    {
        var positions = new Vec3[_file.Joints.Count];
        for (var i = 0; i < positions.Length; i++)
        {
            var joint = _file.Joints[i];
            positions[i] = joint.Parent < 0 ? joint.Offset : positions[joint.Parent] + joint.Offset;
        }
        return positions;
    }

    private Vec3 Translation(BvhJoint joint, ReadOnlySpan<double> values)
    {
        var t = joint.Offset;
        var keep = _positionsReplaceOffsets && joint.Parent >= 0 ? 0 : 1;
        for (var c = 0; c < values.Length; c++)
        {
            t = joint.Channels[c] switch
            {
                BvhChannel.XPosition => t with { X = (keep * t.X) + values[c] },
                BvhChannel.YPosition => t with { Y = (keep * t.Y) + values[c] },
                BvhChannel.ZPosition => t with { Z = (keep * t.Z) + values[c] },
                _ => t,
            };
        }
        return t;
    }

    private static Rotation LocalRotation(BvhJoint joint, ReadOnlySpan<double> values)
    {
        var rotation = Rotation.Identity;
        for (var c = 0; c < values.Length; c++)
        {
            var axis = joint.Channels[c] - BvhChannel.XRotation;
            if (axis >= 0) rotation *= Rotation.About(axis, values[c]);
        }
        return rotation;
    }

    private static bool PositionsLieNearOffsets(BvhFile file)
    {
        double toOffset = 0, toZero = 0;
        foreach (var joint in file.Joints.Where(joint => joint.Parent >= 0))
        {
            for (var c = 0; c < joint.Channels.Count; c++)
            {
                if (joint.Channels[c] > BvhChannel.ZPosition) continue;
                var offset = joint.Channels[c] switch
                {
                    BvhChannel.XPosition => joint.Offset.X,
                    BvhChannel.YPosition => joint.Offset.Y,
                    _ => joint.Offset.Z,
                };
                var mean = ChannelMean(file, joint.FirstChannel + c);
                toOffset += (mean - offset) * (mean - offset);
                toZero += mean * mean;
            }
        }
        return toOffset < toZero;
    }

    private static double ChannelMean(BvhFile file, int channel)
    {
        double sum = 0;
        for (var frame = 0; frame < file.FrameCount; frame++) sum += file.Frame(frame)[channel];
        return sum / file.FrameCount;
    }
}

/// <summary>A rotation of space as its three rows, in float64: <c>Apply(v)</c> is the matrix times the column v.</summary>
public readonly record struct Rotation(Vec3 Row0, Vec3 Row1, Vec3 Row2)
{
    public static Rotation Identity => new(new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));

    /// <summary>A turn by <paramref name="degrees"/> about axis 0 (x), 1 (y) or 2 (z), by the right-hand rule.</summary>
    public static Rotation About(int axis, double degrees)
    {
        var (sin, cos) = Math.SinCos(degrees * (Math.PI / 180));
        return axis switch
        {
            0 => new(new(1, 0, 0), new(0, cos, -sin), new(0, sin, cos)),
            1 => new(new(cos, 0, sin), new(0, 1, 0), new(-sin, 0, cos)),
            2 => new(new(cos, -sin, 0), new(sin, cos, 0), new(0, 0, 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "an axis is 0, 1 or 2"),
        };
    }

    public Vec3 Apply(Vec3 v) => new(Vec3.Dot(Row0, v), Vec3.Dot(Row1, v), Vec3.Dot(Row2, v));

    public Rotation Inverse() => new(new(Row0.X, Row1.X, Row2.X), new(Row0.Y, Row1.Y, Row2.Y), new(Row0.Z, Row1.Z, Row2.Z));

    public static Rotation operator *(Rotation a, Rotation b) => new(Combine(a.Row0, b), Combine(a.Row1, b), Combine(a.Row2, b));

    /// <summary>The angle in degrees, 0 to 180, of the one turn that leads from this rotation to the other.</summary>
    public double DegreesTo(Rotation other)
    {
        var trace = Vec3.Dot(Row0, other.Row0) + Vec3.Dot(Row1, other.Row1) + Vec3.Dot(Row2, other.Row2);
        return Math.Acos(Math.Clamp((trace - 1) / 2, -1, 1)) * (180 / Math.PI);
    }

    private static Vec3 Combine(Vec3 row, Rotation b) => (row.X * b.Row0) + (row.Y * b.Row1) + (row.Z * b.Row2);
}
