namespace PoseEngine.Experiments.Data.Bvh;

internal static class FrameMath
{
    public static Vec3 Up => new(0, 0, 1);

    /// <summary>The direction the hips face, horizontal, unit length; it does not follow the head.</summary>
    public static Vec3 Forward(BodyFrame frame)
    {
        var left = frame[Joint.LeftHip] - frame[Joint.RightHip];
        var forward = Vec3.Cross(left with { Z = 0 }, Up);
        return forward.Length < 1e-9 ? new Vec3(1, 0, 0) : forward.Normalized();
    }

    /// <summary>The angle of a horizontal direction in radians, anticlockwise from x.</summary>
    public static double Heading(Vec3 direction) => Math.Atan2(direction.Y, direction.X);

    public static Vec3 Ground(Vec3 point) => point with { Z = 0 };
    public static Vec3 Lerp(Vec3 a, Vec3 b, double t) => a + (t * (b - a));

    /// <summary>The frame a fraction <paramref name="t"/> of the way from a to b, point by point.</summary>
    public static BodyFrame Blend(BodyFrame a, BodyFrame b, double t) => new(
        [.. a.Joints.Zip(b.Joints, (p, q) => Lerp(p, q, t))],
        Lerp(a.RightToe, b.RightToe, t), Lerp(a.LeftToe, b.LeftToe, t), Unit(Lerp(a.Facing, b.Facing, t), a.Facing));

    /// <summary>The frame with <paramref name="share"/> of the difference b - a added to every point.</summary>
    public static BodyFrame AddDifference(BodyFrame frame, BodyFrame a, BodyFrame b, double share) => new(
        [.. frame.Joints.Select((p, i) => p + (share * (b.Joints[i] - a.Joints[i])))],
        frame.RightToe + (share * (b.RightToe - a.RightToe)), frame.LeftToe + (share * (b.LeftToe - a.LeftToe)),
        Unit(frame.Facing + (share * (b.Facing - a.Facing)), frame.Facing));

    /// <summary>The frame turned about the vertical through the origin, then shifted: a rigid motion.</summary>
    public static BodyFrame Move(BodyFrame frame, double angle, Vec3 shift)
    {
        var turn = Rotation.About(2, angle * (180 / Math.PI));
        return frame.Map(p => turn.Apply(p) + shift) with { Facing = turn.Apply(frame.Facing) };
    }

    public static double Distance(BodyFrame a, BodyFrame b) => a.Joints.Zip(b.Joints, (p, q) => (p - q).Length).Max();

    public static double LowestFoot(BodyFrame frame) => Math.Min(
        Math.Min(frame[Joint.RightAnkle].Z, frame[Joint.LeftAnkle].Z), Math.Min(frame.RightToe.Z, frame.LeftToe.Z));

    private static Vec3 Unit(Vec3 v, Vec3 fallback) => v.Length < 1e-9 ? fallback : v.Normalized();
}
