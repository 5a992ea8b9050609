namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Brings the poses of any file to one form: 17 joints, millimetres, camera space, minus the pelvis. What a file says of itself is
/// not believed: units, space, order and side are seen from the values.</summary>
public static class PoseNormalizer
{
    private const int Joints = Skeleton.JointCount;

    // Nobody in the studio is nearer to a camera, or further away.
    private const double NearestRoot = 500;
    private const double FurthestRoot = 20_000;

    /// <summary>The 17 joints among the data set's 32.</summary>
    private static ReadOnlySpan<int> Kept => [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27];

    public static ImportedPoses Normalize(Recording recording, ImportRequest request, ImportLog log)
    {
        var raw = recording.Poses;
        if (raw.Variant != request.Variant)
            throw new UserErrorException($"{raw.File} has {raw.Variant} poses, {request.Variant} ones were asked for: the two are never mixed; give --space {raw.Variant.ToString().ToLowerInvariant()}");
        if (raw.Count == 0) throw new UserErrorException($"{raw.File} has no poses for {recording.Key}: extract it again");
        var (joints, frames) = Finite(recording, request, log);
        if (frames.Length == 0) return ImportedPoses.None;
        var unit = PoseUnit.Detect(joints, raw.File);
        for (var i = 0; i < joints.Length; i++) joints[i] = unit.Millimetres * joints[i];
        PoseChecks.Check(joints, raw.Space, raw.File);
        log.Once($"poses: {unit.Name}, {Text(raw.Space)}, {raw.Variant.ToString().ToLowerInvariant()}, {raw.Joints} joints");
        if (raw.Space == PoseSpace.World)
        {
            var camera = CameraTable.For(recording.Key.Subject, recording.Key.Camera);
            for (var i = 0; i < joints.Length; i++) joints[i] = camera.ToCamera(joints[i]);
        }
        return Relative(joints, frames, recording);
    }

    /// <summary>The 17 joints of the poses whose numbers are all finite, and their frames.</summary>
    private static (Vec3[] Joints, int[] Frames) Finite(Recording recording, ImportRequest request, ImportLog log)
    {
        var raw = recording.Poses;
        var (joints, frames) = (new List<Vec3>(raw.Count * Joints), new List<int>(raw.Count));
        Span<Vec3> pose = stackalloc Vec3[Joints];
        var broken = 0;
        for (var i = 0; i < raw.Count; i++)
        {
            var finite = true;
            for (var j = 0; j < Joints; j++)
            {
                var at = 3 * ((i * raw.Joints) + (raw.Joints == 32 ? Kept[j] : j));
                pose[j] = new Vec3(raw.Values[at], raw.Values[at + 1], raw.Values[at + 2]);
                finite &= double.IsFinite(pose[j].X + pose[j].Y + pose[j].Z);
            }
            if (finite)
            {
                joints.AddRange(pose);
                frames.Add(raw.Frame(i));
            }
            else if (request.SkipBroken) broken++;
            else throw new UserErrorException($"{raw.File}: the pose of frame {raw.Frame(i)} ({recording.Key}) is not finite: extract the file again, or leave such poses out with --skip-broken");
        }
        if (broken > 0) log.Warn($"{recording.Key}: {broken} of {raw.Count} poses are not finite and left out");
        return ([.. joints], [.. frames]);
    }

    private static ImportedPoses Relative(Vec3[] joints, int[] frames, Recording recording)
    {
        var relative = new float[frames.Length * PackFiles.PoseValues];
        var roots = new Vec3[frames.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            var root = roots[i] = joints[i * Joints];
            if (root.Z is < NearestRoot or > FurthestRoot)
            {
                throw new UserErrorException(
                    $"{recording.Poses.File}: frame {frames[i]} ({recording.Key}) has its pelvis {root.Z:0} mm in front of the camera, possible are {NearestRoot} to {FurthestRoot}: "
                    + "poses without their place in the room, or of another camera, cannot be cut out of the images");
            }
            for (var j = 0; j < Joints; j++)
            {
                var joint = joints[(i * Joints) + j] - root;
                var at = 3 * ((i * Joints) + j);
                (relative[at], relative[at + 1], relative[at + 2]) = ((float)joint.X, (float)joint.Y, (float)joint.Z);
            }
        }
        return new ImportedPoses(relative, roots, frames);
    }

    private static string Text(PoseSpace space) => space == PoseSpace.World ? "world coordinates, turned into each camera's" : "camera coordinates";
}
