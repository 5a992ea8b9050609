namespace PoseEngine.Experiments.Data;

/// <summary>Sagittal angles of a leg in degrees; foot pitch is that of the sole, 0 when flat, positive toes up.</summary>
public readonly record struct LegAngles(double Thigh, double Knee, double FootPitch, double Abduction);

public readonly record struct ArmAngles(double Upper, double Elbow, double Abduction);

/// <summary>Angles of pelvis, trunk and head in degrees; yaw turns the right side forward, roll lifts it.</summary>
public readonly record struct TrunkAngles(
    double PelvisYaw, double PelvisRoll, double ShoulderYaw, double Pitch, double Roll, double HeadYaw, double HeadPitch, double ToeOut);

public readonly record struct BodyAngles(LegAngles RightLeg, LegAngles LeftLeg, ArmAngles RightArm, ArmAngles LeftArm, TrunkAngles Trunk);

/// <summary>A posed body that walks along +x, with +y to its left and +z up, pelvis at the origin, and the points of its two soles that can
/// touch the floor (right heel, right toe, left heel, left toe).</summary>
public sealed record PosedBody(Vec3[] Joints, Vec3[] Toes, Vec3[] SolePoints, Vec3 Facing);

/// <summary>Forward kinematics from angles to joints. Every joint is its parent plus a unit direction times a length that both sides share,
/// so the six constraints hold to rounding in float64.</summary>
public static class WalkerBody
{
    // The shoulders hang below the thorax joint; this is the slope of the line from it to a shoulder.
    private const double ShoulderDrop = 24;

    // A flat sole has the ankle higher than the tip of the foot.
    private const double AnkleToToeSlope = 13;
    private const double FootLengthPerShank = .42;
    private const double HeelDepth = 80;
    private const double ToeDepth = 36;
    private static readonly Vec3 Forward = new(1, 0, 0);
    private static readonly Vec3 Left = new(0, 1, 0);
    private static readonly Vec3 Up = new(0, 0, 1);

    public static PosedBody Pose(BodyProportions proportions, in BodyAngles angles)
    {
        var joints = new Vec3[Skeleton.JointCount];
        var toes = new Vec3[2];
        var soles = new Vec3[4];
        PoseLeg(proportions, angles.RightLeg, angles.Trunk, true, joints, toes, soles);
        PoseLeg(proportions, angles.LeftLeg, angles.Trunk, false, joints, toes, soles);
        var facing = PoseTrunk(proportions, angles.Trunk, joints);
        PoseArm(proportions, angles.RightArm, angles.Trunk, true, joints);
        PoseArm(proportions, angles.LeftArm, angles.Trunk, false, joints);
        return new PosedBody(joints, toes, soles, facing);
    }

    /// <summary>Raises a foot (0 right, 1 left) that reaches below <paramref name="floor"/> (mm relative to the pelvis) onto it: the knee
    /// bends further in its own plane, lengths stay. It gives the pushing and the swinging leg the flexion that keeps real toes from
    /// scraping along.</summary>
    public static void KeepFootAbove(double floor, int side, BodyProportions body, PosedBody posed)
    {
        var lift = floor - Math.Min(posed.SolePoints[2 * side].Z, posed.SolePoints[(2 * side) + 1].Z);
        if (lift <= 0) return;
        var rise = lift * Up;
        var hip = side == 0 ? 1 : 4;
        BendKnee(body, posed.Joints.AsSpan(hip, 3), posed.Joints[hip + 2] + rise);
        posed.Toes[side] += rise;
        posed.SolePoints[2 * side] += rise;
        posed.SolePoints[(2 * side) + 1] += rise;
    }

    /// <summary>Moves the ankle of (hip, knee, ankle) to a nearer place and the knee to where both lengths fit.</summary>
    private static void BendKnee(BodyProportions body, Span<Vec3> leg, Vec3 ankle)
    {
        var reach = ankle - leg[0];
        var distance = reach.Length;
        var along = reach * (1 / distance);
        var bulge = leg[1] - leg[0];
        var outward = (bulge - (Vec3.Dot(bulge, along) * along)).Normalized();
        var foot = ((body.Thigh * body.Thigh) - (body.Shank * body.Shank) + (distance * distance)) / (2 * distance);
        var height = Math.Sqrt(Math.Max(0, (body.Thigh * body.Thigh) - (foot * foot)));
        leg[1] = leg[0] + (foot * along) + (height * outward);
        leg[2] = ankle;
    }

    private static void PoseLeg(BodyProportions body, in LegAngles leg, in TrunkAngles trunk, bool right, Vec3[] joints, Vec3[] toes, Vec3[] soles)
    {
        var side = right ? -1 : 1;
        var (forward, left) = Turned(trunk.PelvisYaw);
        var (hip, knee, ankle) = right ? (1, 2, 3) : (4, 5, 6);
        var outward = side * left;
        var lift = right ? trunk.PelvisRoll : -trunk.PelvisRoll;
        joints[hip] = body.HalfPelvis * ((Cos(lift) * outward) + (Sin(lift) * Up)).Normalized();
        joints[knee] = joints[hip] + (body.Thigh * Segment(leg.Thigh, leg.Abduction, forward, outward));
        joints[ankle] = joints[knee] + (body.Shank * Segment(leg.Thigh - leg.Knee, leg.Abduction, forward, outward));

        var toeForward = ((Cos(trunk.ToeOut) * Forward) + (Sin(trunk.ToeOut) * side * Left)).Normalized();
        var soleForward = (Cos(leg.FootPitch) * toeForward) + (Sin(leg.FootPitch) * Up);
        var soleDown = (Sin(leg.FootPitch) * toeForward) - (Cos(leg.FootPitch) * Up);
        var footLength = FootLengthPerShank * body.Shank;
        var index = right ? 0 : 1;
        toes[index] = joints[ankle] + (footLength * ((Cos(AnkleToToeSlope) * soleForward) + (Sin(AnkleToToeSlope) * soleDown)));
        soles[2 * index] = joints[ankle] + (HeelDepth * soleDown) - (35 * soleForward);
        soles[(2 * index) + 1] = toes[index] + (ToeDepth * soleDown);
    }

    private static Vec3 PoseTrunk(BodyProportions body, in TrunkAngles trunk, Vec3[] joints)
    {
        var lower = (Up + (Tan(trunk.Pitch - 3) * Forward) + (Tan(trunk.Roll) * Left)).Normalized();
        var upper = TrunkUp(trunk);
        joints[7] = body.PelvisToSpine * lower;
        joints[8] = joints[7] + (body.SpineToThorax * upper);
        var (ahead, _) = Turned((.3 * trunk.ShoulderYaw) + trunk.HeadYaw);
        joints[9] = joints[8] + (body.ThoraxToNeck * ((.93 * upper) + (.37 * ahead)).Normalized());
        joints[10] = joints[9] + (body.NeckToHead * ((.98 * Up) + ((Tan(trunk.HeadPitch) - .15) * ahead)).Normalized());
        return ((Cos(trunk.HeadPitch) * ahead) - (Sin(trunk.HeadPitch) * Up)).Normalized();
    }

    private static void PoseArm(BodyProportions body, in ArmAngles arm, in TrunkAngles trunk, bool right, Vec3[] joints)
    {
        var side = right ? -1 : 1;
        var (forward, left) = Turned(trunk.ShoulderYaw);
        var outward = side * left;
        var (shoulder, elbow, wrist) = right ? (14, 15, 16) : (11, 12, 13);
        var up = TrunkUp(trunk);
        var across = (outward - (Vec3.Dot(outward, up) * up)).Normalized();
        joints[shoulder] = joints[8] + (body.ThoraxToShoulder * ((Cos(ShoulderDrop) * across) - (Sin(ShoulderDrop) * up)).Normalized());
        joints[elbow] = joints[shoulder] + (body.UpperArm * Segment(arm.Upper, arm.Abduction, forward, outward));
        // Forearms hang a little inwards of the upper arms.
        joints[wrist] = joints[elbow] + (body.Forearm * Segment(arm.Upper + arm.Elbow, (.4 * arm.Abduction) - 5, forward, outward));
    }

    private static Vec3 TrunkUp(in TrunkAngles trunk) => (Up + (Tan(trunk.Pitch) * Forward) + (Tan(trunk.Roll) * Left)).Normalized();

    /// <summary>The unit direction of a hanging segment turned forward and then outward by angles in degrees.</summary>
    private static Vec3 Segment(double angle, double abduction, Vec3 forward, Vec3 outward)
        => ((Cos(abduction) * ((Sin(angle) * forward) - (Cos(angle) * Up))) + (Sin(abduction) * outward)).Normalized();

    /// <summary>Forward and left after the right side has come forward by an angle: a turn to the left.</summary>
    private static (Vec3 Forward, Vec3 Left) Turned(double yaw) => ((Cos(yaw) * Forward) + (Sin(yaw) * Left), (Cos(yaw) * Left) - (Sin(yaw) * Forward));

    private static double Sin(double degrees) => Math.Sin(degrees * Math.PI / 180);
    private static double Cos(double degrees) => Math.Cos(degrees * Math.PI / 180);
    private static double Tan(double degrees) => Math.Tan(degrees * Math.PI / 180);
}
