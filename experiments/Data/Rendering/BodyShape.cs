namespace PoseEngine.Experiments.Data;

public enum BodyPart
{
    Torso, Hips, Thigh, Shank, Foot, UpperArm, Forearm, Hand, Neck, Head, Pole,
}

/// <summary>A tapered capsule: the convex hull of two spheres. Millimetres, in whichever space it is given.</summary>
public readonly record struct Capsule(Vec3 Start, Vec3 End, double StartRadius, double EndRadius, BodyPart Part);

public static class BodyShape
{
    public const int CapsuleCount = 22;

    // A body of this size (Human3.6M's universal skeleton) has the radii below.
    private const double ReferenceLeg = 897;

    /// <summary>The 22 capsules of a posed body in world space; <paramref name="girth"/> scales trunk and limbs, and less so neck, head,
    /// hands and feet, which hardly grow with weight.</summary>
    public static Capsule[] Build(BodyFrame body, double girth)
    {
        var size = LegLength(body) / ReferenceLeg;
        var flesh = girth * size;
        var bone = Math.Sqrt(girth) * size;
        var capsules = new List<Capsule>(CapsuleCount);
        AddTrunk(capsules, body, flesh, bone, size);
        AddLeg(capsules, body, Joint.RightHip, body.RightToe, flesh, bone);
        AddLeg(capsules, body, Joint.LeftHip, body.LeftToe, flesh, bone);
        AddArm(capsules, body, Joint.RightShoulder, flesh, bone);
        AddArm(capsules, body, Joint.LeftShoulder, flesh, bone);
        return [.. capsules];
    }

    private static void AddTrunk(List<Capsule> capsules, BodyFrame body, double flesh, double bone, double size)
    {
        var (pelvis, spine, thorax) = (body[Joint.Pelvis], body[Joint.Spine], body[Joint.Thorax]);
        var (neck, head) = (body[Joint.Neck], body[Joint.Head]);
        var hips = Unit(body[Joint.RightHip] - body[Joint.LeftHip]);
        var shoulders = Unit(body[Joint.RightShoulder] - body[Joint.LeftShoulder]);
        var trunk = Unit(thorax - spine);
        var hipWidth = (body[Joint.RightHip] - body[Joint.LeftHip]).Length;
        capsules.Add(new(body[Joint.LeftHip] + (.3 * hipWidth * hips), body[Joint.RightHip] - (.3 * hipWidth * hips), 100 * flesh, 100 * flesh, BodyPart.Hips));
        // Pairs of capsules side by side make a belly and a chest that are wider than deep; the chest ends below the
        // shoulder line.
        var top = thorax - (125 * size * trunk);
        foreach (var side in (double[])[-1, 1])
        {
            capsules.Add(new(pelvis + (side * 44 * size * hips) + (15 * size * trunk), spine + (side * 34 * size * hips), 104 * flesh, 97 * flesh, BodyPart.Torso));
            capsules.Add(new(spine + (side * 34 * size * hips), top + (side * 60 * size * shoulders), 97 * flesh, 98 * flesh, BodyPart.Torso));
        }
        capsules.Add(new(body[Joint.LeftShoulder], body[Joint.RightShoulder], 60 * bone, 60 * bone, BodyPart.Torso));
        capsules.Add(new(thorax - (40 * trunk), neck - (.25 * (neck - thorax)), 58 * bone, 50 * bone, BodyPart.Neck));
        var crown = Unit(head - neck);
        // The joint "head" is the top of the skull; the capsule ends there.
        var radius = 92 * Math.Sqrt(size);
        capsules.Add(new(neck + (4 * crown) - (8 * body.Facing), head - (radius * crown), 82 * Math.Sqrt(size), radius, BodyPart.Head));
    }

    private static void AddLeg(List<Capsule> capsules, BodyFrame body, Joint hip, Vec3 toe, double flesh, double bone)
    {
        var (a, b, c) = (body[hip], body[hip + 1], body[hip + 2]);
        capsules.Add(new(a, b, 74 * flesh, 55 * flesh, BodyPart.Thigh));
        capsules.Add(new(b, c, 54 * flesh, 38 * flesh, BodyPart.Shank));
        var sole = Unit(toe - c);
        var shin = Unit(c - b);
        var down = shin - (Vec3.Dot(shin, sole) * sole);
        // A foot in line with the shin leaves no direction for the heel: it then lies in the ankle.
        var heel = down.Length > .1 ? c + (36 * bone * Unit(down)) : c;
        capsules.Add(new(c, heel, 40 * bone, 42 * bone, BodyPart.Foot));
        capsules.Add(new(heel, toe, 42 * bone, 34 * bone, BodyPart.Foot));
    }

    private static void AddArm(List<Capsule> capsules, BodyFrame body, Joint shoulder, double flesh, double bone)
    {
        var (a, b, c) = (body[shoulder], body[shoulder + 1], body[shoulder + 2]);
        capsules.Add(new(a, b, 52 * flesh, 41 * flesh, BodyPart.UpperArm));
        capsules.Add(new(b, c, 40 * flesh, 30 * flesh, BodyPart.Forearm));
        var forearm = Unit(c - b);
        capsules.Add(new(c + (15 * forearm), c + (95 * forearm), 34 * bone, 28 * bone, BodyPart.Hand));
    }

    private static double LegLength(BodyFrame body) => (body[Joint.RightHip] - body[Joint.RightKnee]).Length + (body[Joint.RightKnee] - body[Joint.RightAnkle]).Length;

    /// <summary>A unit vector; upwards where a clip gives two coincident joints.</summary>
    private static Vec3 Unit(Vec3 v) => v.Length > 1e-9 ? v.Normalized() : new Vec3(0, 0, 1);
}
