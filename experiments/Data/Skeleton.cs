namespace PoseEngine.Experiments.Data;

public enum Joint
{
    Pelvis, RightHip, RightKnee, RightAnkle, LeftHip, LeftKnee, LeftAnkle, Spine, Thorax, Neck, Head,
    LeftShoulder, LeftElbow, LeftWrist, RightShoulder, RightElbow, RightWrist,
}

public static class Skeleton
{
    public const int JointCount = 17;

    /// <summary>The parent of each joint; -1 for the pelvis, which is the root.</summary>
    public static ReadOnlySpan<int> Parents => [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15];

    /// <summary>The joint that takes each joint's place in a mirrored person.</summary>
    public static ReadOnlySpan<int> Mirror => [0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13];

    public static bool IsRight(int joint) => joint is 1 or 2 or 3 or 14 or 15 or 16;
    public static bool IsLeft(int joint) => joint is 4 or 5 or 6 or 11 or 12 or 13;
}

/// <summary>Segment lengths in millimetres, one for left and right: every body satisfies the six constraints of Eq. 15 exactly.</summary>
public sealed record BodyProportions(
    double HalfPelvis, double Thigh, double Shank, double PelvisToSpine, double SpineToThorax, double ThoraxToNeck,
    double NeckToHead, double ThoraxToShoulder, double UpperArm, double Forearm)
{
    /// <summary>A body of Human3.6M-like ratios; a stature of 1806 mm gives that data set's universal skeleton.</summary>
    public static BodyProportions FromStature(double stature) => new(
        .0736 * stature, .245 * stature, .2515 * stature, .129 * stature, .142 * stature, .067 * stature,
        .064 * stature, .0836 * stature, .154 * stature, .139 * stature);

    /// <summary>The length of the segment from a joint's parent to the joint; 0 for the pelvis.</summary>
    public double LengthTo(Joint joint) => joint switch
    {
        Joint.Pelvis => 0,
        Joint.RightHip or Joint.LeftHip => HalfPelvis,
        Joint.RightKnee or Joint.LeftKnee => Thigh,
        Joint.RightAnkle or Joint.LeftAnkle => Shank,
        Joint.Spine => PelvisToSpine,
        Joint.Thorax => SpineToThorax,
        Joint.Neck => ThoraxToNeck,
        Joint.Head => NeckToHead,
        Joint.RightShoulder or Joint.LeftShoulder => ThoraxToShoulder,
        Joint.RightElbow or Joint.LeftElbow => UpperArm,
        Joint.RightWrist or Joint.LeftWrist => Forearm,
        _ => throw new ArgumentOutOfRangeException(nameof(joint), joint, "not one of the 17 joints"),
    };
}

/// <summary>One instant of a motion in world space (millimetres, z up, floor at z = 0): the 17 joints, the toe tips and where the face
/// looks. Both the walker and BVH clips are turned into this, and the renderer draws it.</summary>
/// <param name="RightToe">The tip of the right foot.</param>
/// <param name="Facing">Unit vector out of the face.</param>
public sealed record BodyFrame(Vec3[] Joints, Vec3 RightToe, Vec3 LeftToe, Vec3 Facing)
{
    public Vec3 this[Joint joint] => Joints[(int)joint];

    /// <summary>Every point, but not the direction of the face, moved.</summary>
    public BodyFrame Map(Func<Vec3, Vec3> point) => new([.. Joints.Select(point)], point(RightToe), point(LeftToe), Facing);
}

/// <summary>A named motion sampled at 50 frames a second, with the body that performs it.</summary>
public sealed record MotionClip(string Name, BodyProportions Body, IReadOnlyList<BodyFrame> Frames)
{
    public const double FramesPerSecond = 50;
}

/// <summary>A point or direction in float64; lengths in millimetres unless said otherwise.</summary>
public readonly record struct Vec3(double X, double Y, double Z)
{
    public static Vec3 Zero => default;
    public double Length => Math.Sqrt(Dot(this, this));
    public Vec3 Normalized() => this * (1 / Length);
    public static Vec3 operator +(Vec3 a, Vec3 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);
    public static Vec3 operator -(Vec3 a, Vec3 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);
    public static Vec3 operator -(Vec3 a) => new(-a.X, -a.Y, -a.Z);
    public static Vec3 operator *(Vec3 a, double s) => new(a.X * s, a.Y * s, a.Z * s);
    public static Vec3 operator *(double s, Vec3 a) => a * s;
    public static double Dot(Vec3 a, Vec3 b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    public static Vec3 Cross(Vec3 a, Vec3 b) => new((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));
}
