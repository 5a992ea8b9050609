namespace PoseEngine.Experiments.Data.Human36m;

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

    /// <summary>Checks the poses of a recording.</summary>
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
                throw Damaged(recording, poses.Frames[index], FormattableString.Invariant($"has {(Joint)j} {joint.Length:0} mm away from the pelvis, possible are {LongestReach}"));
            var depth = poses.Roots[index].Z + joint.Z;
            if (depth < NearestJoint)
                throw Damaged(recording, poses.Frames[index], FormattableString.Invariant($"has {(Joint)j} {depth:0} mm in front of the camera, possible are {NearestJoint} and more"));
        }
    }

    private static UserErrorException Damaged(Recording recording, int frame, string what)
        => new($"{recording.Poses.File}: frame {frame} ({recording.Key}) {what}: extract the file again");

    private static UserErrorException NotSeen(Recording recording, string which, double column, double row) => new(FormattableString.Invariant(
        $"{recording.Poses.File}: {recording.Key}: {which} the pelvis at pixel ({column:0}, {row:0}) of a picture of 1000 x 1000: these poses belong to another camera or subject, or their joints are in another order"));
}
