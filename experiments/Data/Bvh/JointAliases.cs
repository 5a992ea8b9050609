namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>The names under which motion sets carry the joints: CMU, Mixamo, LaFAN, Biovision, Poser, 3ds Max and SMPL styles. Names are
/// compared without case, blanks, punctuation and namespace prefix. The first name that occurs wins, which tells apart sets that use a word
/// differently: "LeftShoulder" is the joint only where there is no "LeftArm".</summary>
internal static class JointAliases
{
    private static readonly string[] Hip = ["UpLeg", "UpperLeg", "Thigh", "Femur", "Hip"];
    private static readonly string[] Knee = ["Knee", "LowLeg", "LowerLeg", "Shin", "Calf", "Tibia", "Leg"];
    private static readonly string[] Ankle = ["Ankle", "Foot"];
    private static readonly string[] Toe = ["ToeBase", "Toe", "Toes", "Toe0", "Ball"];
    private static readonly string[] Shoulder = ["UpArm", "UpperArm", "Arm", "Shldr", "Humerus", "Shoulder"];
    private static readonly string[] Elbow = ["Elbow", "LowArm", "LowerArm", "ForeArm", "Radius"];
    private static readonly string[] Wrist = ["Wrist", "Hand"];

    /// <summary>Simplified candidate names of a joint, best first; empty for the pelvis, which no file needs to hold.</summary>
    public static IEnumerable<string> Of(Joint joint) => joint switch
    {
        Joint.Pelvis => [],
        Joint.Spine => ["spine", "spine1", "spine01", "abdomen", "torso", "chest", "upperback", "lowerback"],
        Joint.Thorax => ["neck1", "neck", "neck01", "upperneck", "lowerneck"],
        Joint.Neck => ["head"],
        Joint.Head => ["headtopend", "headtop", "headend", "headnub"],
        Joint.RightHip or Joint.LeftHip => Sided(joint, Hip),
        Joint.RightKnee or Joint.LeftKnee => Sided(joint, Knee),
        Joint.RightAnkle or Joint.LeftAnkle => Sided(joint, Ankle),
        Joint.RightShoulder or Joint.LeftShoulder => Sided(joint, Shoulder),
        Joint.RightElbow or Joint.LeftElbow => Sided(joint, Elbow),
        _ => Sided(joint, Wrist),
    };

    /// <summary>Simplified candidate names of a toe joint.</summary>
    public static IEnumerable<string> OfToe(bool right) => Sided(right, Toe);

    /// <summary>A name without namespace, case and punctuation: "mixamorig:Left_UpLeg" becomes "leftupleg".</summary>
    public static string Simplify(string name) => string.Concat(name[(name.LastIndexOf(':') + 1)..].Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static IEnumerable<string> Sided(Joint joint, string[] parts) => Sided(Skeleton.IsRight((int)joint), parts);

    private static IEnumerable<string> Sided(bool right, string[] parts)
    {
        var side = right ? "right" : "left";
        foreach (var part in parts.Select(part => part.ToLowerInvariant()))
        {
            yield return side + part;
            yield return side[0] + part;
            yield return part + side;
            yield return part + side[0];
        }
    }
}
