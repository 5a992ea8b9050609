namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Rebuilds captured poses with a body whose left and right are equally long. The direction of each of the 16 segments is kept to
/// the last bit that matters and its length replaced, outward from the pelvis; the pelvis being the middle of the hips, these come out at
/// +- half a pelvis along the captured hip axis. So every frame satisfies the six constraints of Eq. 15, as the ground truth of Human3.6M
/// does and raw captures do not.</summary>
public sealed class Retargeter
{
    private const double ShortestBone = 1e-3;
    private readonly double _scale, _footLength;

    /// <summary>Poses of <paramref name="track"/> on a body of the given lengths, or on the clip's own means if null.</summary>
    public Retargeter(LandmarkTrack track, BodyProportions? body)
    {
        var own = BodyMeasure.MeanProportions(track);
        Name = track.Name;
        Body = body ?? own;
        // Steps grow with the legs; otherwise the feet would slide.
        _scale = (Body.Thigh + Body.Shank) / (own.Thigh + own.Shank);
        _footLength = BodyMeasure.FootLength(track) * _scale;
    }

    public string Name { get; }
    public BodyProportions Body { get; }

    /// <summary>Path lengths of the retargeted body per path length of the captured one.</summary>
    public double Scale => _scale;

    /// <param name="cyclic">Whether the last pose is followed by the first.</param>
    public IReadOnlyList<BodyFrame> Retarget(IReadOnlyList<BodyFrame> frames, bool cyclic) => FloorContact.SetDown([.. frames.Select(Rebuild)], cyclic);

    /// <summary>One pose with the new lengths, its pelvis moved in proportion to the legs; not yet on the floor.</summary>
    public BodyFrame Rebuild(BodyFrame frame)
    {
        var joints = new Vec3[Skeleton.JointCount];
        joints[0] = frame[Joint.Pelvis] * _scale;
        for (var joint = 1; joint < joints.Length; joint++)
        {
            var parent = Skeleton.Parents[joint];
            var direction = Direction(frame.Joints[parent], frame.Joints[joint], (Joint)joint);
            joints[joint] = joints[parent] + (Body.LengthTo((Joint)joint) * direction);
        }
        return new BodyFrame(
            joints, joints[(int)Joint.RightAnkle] + (_footLength * Direction(frame[Joint.RightAnkle], frame.RightToe, Joint.RightAnkle)),
            joints[(int)Joint.LeftAnkle] + (_footLength * Direction(frame[Joint.LeftAnkle], frame.LeftToe, Joint.LeftAnkle)), frame.Facing);
    }

    private Vec3 Direction(Vec3 from, Vec3 to, Joint joint)
    {
        var bone = to - from;
        if (bone.Length >= ShortestBone) return bone.Normalized();
        throw new UserErrorException($"{Name}: the segment at {joint} has no length in some frame, so it has no direction; "
            + "name other bones in a joint map, a JSON file such as {\"LeftKnee\": \"MyBone\"}");
    }
}

/// <summary>Sets a walk down on the floor z = 0. The height of the lowest foot, averaged over about a step, is taken away from each frame,
/// which removes sloping floors and what other leg lengths change; then the whole motion is set down so that its lowest foot touches. Frame
/// by frame would be wrong: the toes of captured models cannot bend, dip up to 50 mm into the floor at push-off, and the body would be
/// thrown up by as much within a few frames.</summary>
internal static class FloorContact
{
    private const int HalfWindow = (int)(.5 * MotionClip.FramesPerSecond);

    /// <summary>The frames, moved vertically only. The lowest ankle or toe of all of them comes to lie at 0.</summary>
    /// <param name="cyclic">Whether the last pose is followed by the first.</param>
    public static IReadOnlyList<BodyFrame> SetDown(IReadOnlyList<BodyFrame> frames, bool cyclic)
    {
        var lowest = frames.Select(FrameMath.LowestFoot).ToArray();
        var floor = lowest.Select((_, i) => Average(lowest, i, cyclic)).ToArray();
        var touch = lowest.Zip(floor, (foot, level) => foot - level).Min();
        return [.. frames.Select((frame, i) => FrameMath.Move(frame, 0, -(floor[i] + touch) * FrameMath.Up))];
    }

    /// <summary>The mean around a frame under a triangle half a second wide to either side.</summary>
    private static double Average(double[] values, int centre, bool cyclic)
    {
        double sum = 0, weights = 0;
        for (var shift = -HalfWindow; shift <= HalfWindow; shift++)
        {
            var i = centre + shift;
            if (cyclic) i = ((i % values.Length) + values.Length) % values.Length;
            if (i < 0 || i >= values.Length) continue;
            double weight = HalfWindow + 1 - Math.Abs(shift);
            sum += weight * values[i];
            weights += weight;
        }
        return sum / weights;
    }
}
