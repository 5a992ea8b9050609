namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Which joints of a BVH file stand for ours, as indices into <see cref="BvhFile.Joints"/>.</summary>
/// <param name="rightToe">The tip of the foot; -1 if the file ends at the ankle.</param>
public sealed class JointMap(int[] indices, int rightToe, int leftToe)
{
    public int NeckBase => this[Joint.Thorax];

    /// <summary>The joint at the base of the skull, which turns with the head.</summary>
    public int Skull => this[Joint.Neck];

    /// <summary>The top of the head; -1 if the file ends at the skull.</summary>
    public int HeadTop => this[Joint.Head];

    public int RightToe => rightToe;
    public int LeftToe => leftToe;

    /// <summary>The joint of the file that stands for one of ours; -1 for the pelvis, which is the middle of the hips.</summary>
    public int this[Joint joint] => indices[(int)joint];

    /// <summary>Finds every joint by the user's override, else by the alias table.</summary>
    public static JointMap Resolve(BvhFile file, JointOverrides overrides) => new Resolver(file, overrides).Resolve();

    private sealed class Resolver(BvhFile file, JointOverrides overrides)
    {
        private readonly Dictionary<string, int> _indexOfName = Indices([.. file.Joints.Select(joint => JointAliases.Simplify(joint.Name))]);

        // A full name goes before one that lost a common prefix such as "Character1_".
        private static Dictionary<string, int> Indices(string[] names)
        {
            var prefix = CommonPrefix(names);
            return names.Index().Concat(names.Select(name => name[prefix..]).Index()).DistinctBy(pair => pair.Item).ToDictionary(pair => pair.Item, pair => pair.Index);
        }

        public JointMap Resolve()
        {
            var indices = Enum.GetValues<Joint>().Select(Find).ToArray();
            RefuseTwins(indices);
            return new JointMap(indices, FindToe(right: true), FindToe(right: false));
        }

        private int Find(Joint joint)
        {
            if (joint == Joint.Pelvis) return -1;
            var index = FindNamed(joint.ToString(), JointAliases.Of(joint));
            if (joint == Joint.Head) return index >= 0 ? index : EndOf(Find(Joint.Neck));
            return index >= 0 ? index : throw Missing($"no joint for {joint}");
        }

        /// <summary>The tip of the foot is what follows the toe joint, unless the user names it.</summary>
        private int FindToe(bool right)
        {
            var key = right ? "RightToe" : "LeftToe";
            var toe = FindNamed(key, JointAliases.OfToe(right));
            if (toe < 0 || overrides.BoneOf(key) is not null) return toe;
            var end = ChildOf(toe, _ => true);
            return end < 0 ? toe : end;
        }

        private int FindNamed(string key, IEnumerable<string> aliases)
        {
            if (overrides.BoneOf(key) is { } bone) return FindBone(key, bone);
            foreach (var alias in aliases)
                if (_indexOfName.TryGetValue(alias, out var index)) return index;
            return -1;
        }

        private int FindBone(string key, string bone)
        {
            for (var i = 0; i < file.Joints.Count; i++)
                if (file.Joints[i].Name == bone) return i;
            return _indexOfName.TryGetValue(JointAliases.Simplify(bone), out var index) ? index
                : throw Missing($"no joint '{bone}', which {overrides.Name} names for {key}");
        }

        private int EndOf(int parent) => ChildOf(parent, child => child.IsEndSite);

        private int ChildOf(int parent, Func<BvhJoint, bool> wanted)
        {
            for (var i = parent + 1; i < file.Joints.Count; i++)
                if (file.Joints[i].Parent == parent && wanted(file.Joints[i])) return i;
            return -1;
        }

        private void RefuseTwins(int[] indices)
        {
            for (var a = 1; a < indices.Length; a++)
            {
                var b = Array.IndexOf(indices, indices[a], 0, a);
                if (b > 0 && indices[a] >= 0) throw Missing($"{(Joint)b} and {(Joint)a} are both '{file.Joints[indices[a]].Name}'");
            }
        }

        private UserErrorException Missing(string what)
        {
            const int shown = 64;
            var names = string.Join(", ", file.Joints.Where(joint => !joint.IsEndSite).Take(shown).Select(joint => joint.Name));
            var more = file.Joints.Count > shown ? ", ..." : "";
            return new UserErrorException($"{file.Name}: {what}; the file has {names}{more}; "
                + "name the bone in a joint map, a JSON file such as {\"LeftKnee\": \"MyBone\"}");
        }

        /// <summary>How many characters all names share, leaving at least one of each.</summary>
        private static int CommonPrefix(string[] names)
        {
            var prefix = names.Min(name => name.Length) - 1;
            foreach (var name in names) prefix = Math.Min(prefix, name.AsSpan().CommonPrefixLength(names[0]));
            return Math.Max(prefix, 0);
        }
    }
}

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
