using MathNet.Numerics.Statistics;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Whether poses are what their file says: bones of one length, people upright, left where left should be.</summary>
internal static class PoseChecks
{
    private const int Joints = Skeleton.JointCount;

    // Bones of the data set vary by rounding only; in a transposed table, by more than their length.
    private const double MaximumSpread = 10;

    public static void Check(ReadOnlySpan<Vec3> joints, PoseSpace space, string file)
    {
        CheckBone(joints, Joint.RightHip, Joint.RightKnee, file);
        CheckBone(joints, Joint.LeftKnee, Joint.LeftAnkle, file);
        CheckUp(joints, space, file);
        CheckSides(joints, file);
    }

    private static void CheckBone(ReadOnlySpan<Vec3> joints, Joint from, Joint to, string file)
    {
        var lengths = new RunningStatistics();
        for (var at = 0; at < joints.Length; at += Joints) lengths.Push((joints[at + (int)to] - joints[at + (int)from]).Length);
        var spread = lengths.PopulationStandardDeviation;
        if (spread > MaximumSpread)
            throw new UserErrorException(
                $"{file}: the bone from {from} to {to} is {lengths.Mean:0} mm long with a deviation of {spread:0.0} mm over {lengths.Count} frames, "
                + $"the limit is {MaximumSpread}: the table is transposed, or its joints are in another order");
    }

    /// <summary>Head above feet: y points down in camera space, z up in the world.</summary>
    private static void CheckUp(ReadOnlySpan<Vec3> joints, PoseSpace space, string file)
    {
        var up = Vec3.Zero;
        for (var at = 0; at < joints.Length; at += Joints)
            up += joints[at + (int)Joint.Head] - (0.5 * (joints[at + (int)Joint.LeftAnkle] + joints[at + (int)Joint.RightAnkle]));
        var right = space == PoseSpace.Camera ? -up.Y : up.Z;
        if (right > 0.5 * up.Length) return;
        var seen = -up.Y > 0.5 * up.Length ? "these are camera coordinates (y down) where world ones (z up) were expected"
            : up.Z > 0.5 * up.Length ? "these are world coordinates (z up) where camera ones (y down) were expected"
            : "people stand on their heads or lie: y must point down in camera coordinates, z up in world ones";
        throw new UserErrorException($"{file}: {seen}; give the files of the other space, or turn the axes");
    }

    /// <summary>Right, forward and up make a right-handed system. Forward is where the face and the knees are, so that a file with left and
    /// right exchanged shows people whose knees bend backwards.</summary>
    private static void CheckSides(ReadOnlySpan<Vec3> joints, string file)
    {
        double sum = 0;
        for (var at = 0; at < joints.Length; at += Joints)
        {
            var pose = joints.Slice(at, Joints);
            var right = Of(pose, Joint.RightHip) - Of(pose, Joint.LeftHip);
            var up = Of(pose, Joint.Thorax) - Of(pose, Joint.Pelvis);
            var forward = Bulge(pose, Joint.Thorax, Joint.Neck, Joint.Head)
                + Bulge(pose, Joint.RightHip, Joint.RightKnee, Joint.RightAnkle) + Bulge(pose, Joint.LeftHip, Joint.LeftKnee, Joint.LeftAnkle);
            var volume = right.Length * up.Length * forward.Length;
            if (volume > 0) sum += Vec3.Dot(Vec3.Cross(right, forward), up) / volume;
        }
        // Without a doubt only: where knees are straight and faces unseen, the sum is near 0.
        if (sum * Joints / joints.Length < -0.3)
            throw new UserErrorException($"{file}: left and right are exchanged: joints 1 to 3 must be the right leg and 11 to 13 the left arm (of 17); the knees of these people would bend backwards");
    }

    /// <summary>How far a joint lies off the middle of its neighbours.</summary>
    private static Vec3 Bulge(ReadOnlySpan<Vec3> pose, Joint from, Joint joint, Joint to) => Of(pose, joint) - (0.5 * (Of(pose, from) + Of(pose, to)));

    private static Vec3 Of(ReadOnlySpan<Vec3> pose, Joint joint) => pose[(int)joint];
}

/// <summary>The unit of a file's coordinates, seen from the length of the thighs.</summary>
internal readonly record struct PoseUnit(string Name, double Millimetres)
{
    // Grown-up people; 443 mm in the data set.
    private const double ShortestThigh = 250;
    private const double LongestThigh = 700;
    private static readonly PoseUnit[] Known = [new("millimetres", 1), new("metres", 1000)];

    public static PoseUnit Detect(ReadOnlySpan<Vec3> joints, string file)
    {
        var thighs = new double[2 * joints.Length / Skeleton.JointCount];
        for (var i = 0; i < thighs.Length; i++)
        {
            var pose = joints.Slice(i / 2 * Skeleton.JointCount, Skeleton.JointCount);
            var (hip, knee) = i % 2 == 0 ? (Joint.RightHip, Joint.RightKnee) : (Joint.LeftHip, Joint.LeftKnee);
            thighs[i] = (pose[(int)knee] - pose[(int)hip]).Length;
        }
        var median = Statistics.Quantile(thighs, .5);
        foreach (var unit in Known)
            if (median * unit.Millimetres is >= ShortestThigh and <= LongestThigh) return unit;
        throw new UserErrorException(
            $"{file}: the median thigh is {median:0.####} long, {ShortestThigh} to {LongestThigh} would be millimetres and a thousandth of it metres: "
            + "these are no poses of Human3.6M, or their joints are in another order");
    }
}

/// <summary>Whether people stand where a camera sees them. Poses of another camera or subject, exchanged joints, and a camera's place
/// mistaken for its translation all show as people far outside of the picture; an image of them would show a wall.</summary>
internal static class ViewCheck
{
    private const int Joints = Skeleton.JointCount;

    // Frames have 1000 pixels a side; somebody at the border may have the pelvis outside.
    private const double Inside = -250;
    private const double Outside = 1250;

    // No pose of a file may make a crop that has no meaning, however few of them there are.
    private const double Furthest = 10_000;
    private const double LongestReach = 2000;
    private const double NearestJoint = 100;

    public static void Check(Recording recording, ImportedPoses poses)
    {
        if (poses.Count == 0) return;
        var camera = CameraTable.For(recording.Key.Subject, recording.Key.Camera);
        var (columns, rows) = (new double[poses.Count], new double[poses.Count]);
        for (var i = 0; i < poses.Count; i++)
        {
            CheckJoints(recording, poses, i);
            (columns[i], rows[i]) = camera.Project(poses.Roots[i]);
            if (!(Math.Abs(columns[i]) <= Furthest && Math.Abs(rows[i]) <= Furthest)) throw NotSeen(recording, $"frame {poses.Frames[i]} has", columns[i], rows[i]);
        }
        var (column, row) = (Statistics.Quantile(columns, .5), Statistics.Quantile(rows, .5));
        if (column is < Inside or > Outside || row is < Inside or > Outside) throw NotSeen(recording, "most frames have", column, row);
    }

    private static void CheckJoints(Recording recording, ImportedPoses poses, int index)
    {
        var pose = poses.Pose(index);
        for (var j = 0; j < Joints; j++)
        {
            var joint = new Vec3(pose[3 * j], pose[(3 * j) + 1], pose[(3 * j) + 2]);
            if (joint.Length > LongestReach)
                throw Damaged(recording, poses.Frames[index], $"has {(Joint)j} {joint.Length:0} mm away from the pelvis, possible are {LongestReach}");
            var depth = poses.Roots[index].Z + joint.Z;
            if (depth < NearestJoint)
                throw Damaged(recording, poses.Frames[index], $"has {(Joint)j} {depth:0} mm in front of the camera, possible are {NearestJoint} and more");
        }
    }

    private static UserErrorException Damaged(Recording recording, int frame, string what)
        => new($"{recording.Poses.File}: frame {frame} ({recording.Key}) {what}: extract the file again");

    private static UserErrorException NotSeen(Recording recording, string which, double column, double row) => new($"{recording.Poses.File}: {recording.Key}: {which} the pelvis at pixel ({column:0}, {row:0}) of a picture of 1000 x 1000: these poses belong to another camera or subject, or their joints are in another order");
}
