namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Whether poses are what their file says: bones of one length, people upright, left where left should be.</summary>
internal static class PoseChecks
{
    private const int Joints = Skeleton.JointCount;

    // Bones of the data set vary by rounding only; in a transposed table, by more than their length.
    private const double MaximumSpread = 10;

    /// <summary>Checks poses in millimetres.</summary>
    /// <param name="joints">17 points a pose.</param>
    /// <param name="space">What the file says.</param>
    /// <param name="file">For messages.</param>
    public static void Check(ReadOnlySpan<Vec3> joints, PoseSpace space, string file)
    {
        CheckBone(joints, Joint.RightHip, Joint.RightKnee, file);
        CheckBone(joints, Joint.LeftKnee, Joint.LeftAnkle, file);
        CheckUp(joints, space, file);
        CheckSides(joints, file);
    }

    private static void CheckBone(ReadOnlySpan<Vec3> joints, Joint from, Joint to, string file)
    {
        double sum = 0, squares = 0;
        var count = joints.Length / Joints;
        for (var i = 0; i < count; i++)
        {
            var length = (joints[(i * Joints) + (int)to] - joints[(i * Joints) + (int)from]).Length;
            (sum, squares) = (sum + length, squares + (length * length));
        }

        var mean = sum / count;
        var spread = Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)));
        if (spread > MaximumSpread)
        {
            throw new UserErrorException(FormattableString.Invariant(
                $"{file}: the bone from {from} to {to} is {mean:0} mm long with a deviation of {spread:0.0} mm over {count} frames, the limit is {MaximumSpread}: the table is transposed, or its joints are in another order"));
        }
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
