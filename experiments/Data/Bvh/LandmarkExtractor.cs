namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Turns the joints of a BVH file into our landmarks. Three of them lie at no joint of common motion sets and are placed so that
/// they sit where Human3.6M has them: the thorax 35 % up from the base of the neck to the skull, the face 60 mm before the skull, the top
/// of the head 60 mm beyond its last bone. The pelvis is the middle of the hips.</summary>
public static class LandmarkExtractor
{
    private const double ThoraxShare = .35;
    private const double FaceOffset = 60;
    private const double CrownOffset = 60;
    private const double SkullHeight = 100;
    private const double FootLength = 180;

    /// <summary>Mean length of thigh plus shank in file units, over both legs, from the first frame.</summary>
    public static double LegLength(BvhFile file, JointMap map)
    {
        var p = new ForwardKinematics(file).Positions(0);
        double Bone(Joint a, Joint b) => (p[map[a]] - p[map[b]]).Length;
        return (Bone(Joint.RightHip, Joint.RightKnee) + Bone(Joint.RightKnee, Joint.RightAnkle)
            + Bone(Joint.LeftHip, Joint.LeftKnee) + Bone(Joint.LeftKnee, Joint.LeftAnkle)) / 2;
    }

    /// <summary>Landmarks of the frames from <paramref name="firstFrame"/> on, in millimetres, z up.</summary>
    public static LandmarkTrack Extract(BvhFile file, JointMap map, double millimetres, int firstFrame)
    {
        var kinematics = new ForwardKinematics(file);
        var positions = new Vec3[file.Joints.Count];
        var rotations = new Rotation[file.Joints.Count];
        var restForward = RestForward(kinematics.RestPositions(), map);
        var frames = new List<BodyFrame>(file.FrameCount - firstFrame);
        bool? zUp = null, trustSkull = null;
        for (var frame = firstFrame; frame < file.FrameCount; frame++)
        {
            kinematics.Solve(frame, positions, rotations);
            zUp ??= StandsAlongZ(positions, map);
            var skullForward = ToWorld(rotations[map.Skull].Apply(restForward), zUp.Value);
            for (var i = 0; i < positions.Length; i++) positions[i] = ToWorld(positions[i], zUp.Value) * millimetres;
            var body = BodyWithoutHead(positions, map);
            var forward = FrameMath.Forward(body);
            // A head that seems to look backwards has a rest pose unlike the body's; then the hips say where it looks.
            trustSkull ??= Vec3.Dot(skullForward, forward) > 0;
            frames.Add(Complete(body, positions, map, forward, trustSkull.Value ? skullForward : forward));
        }
        return new LandmarkTrack(file.Name, frames, 1 / file.FrameTime);
    }

    /// <summary>BVH has y up; a few exporters write z up, which shows in a person who stands along z.</summary>
    private static bool StandsAlongZ(ReadOnlySpan<Vec3> p, JointMap map)
    {
        var standing = p[map.Skull] - ((p[map[Joint.RightAnkle]] + p[map[Joint.LeftAnkle]]) * .5);
        return standing.Z > 2 * Math.Abs(standing.Y);
    }

    /// <summary>A quarter turn about x: y up becomes z up, and forward z becomes -y.</summary>
    private static Vec3 ToWorld(Vec3 v, bool zUp) => zUp ? v : new Vec3(v.X, -v.Z, v.Y);

    /// <summary>Forward in the pose without turns, in file axes; zero if that pose is too odd to tell.</summary>
    private static Vec3 RestForward(ReadOnlySpan<Vec3> rest, JointMap map)
    {
        var left = rest[map[Joint.LeftHip]] - rest[map[Joint.RightHip]];
        var up = rest[map.Skull] - ((rest[map[Joint.LeftHip]] + rest[map[Joint.RightHip]]) * .5);
        var forward = Vec3.Cross(left, up);
        return forward.Length < 1e-3 * left.Length * up.Length || forward.Length == 0 ? Vec3.Zero : forward.Normalized();
    }

    private static BodyFrame BodyWithoutHead(ReadOnlySpan<Vec3> p, JointMap map)
    {
        var joints = new Vec3[Skeleton.JointCount];
        for (var joint = Joint.RightHip; joint <= Joint.RightWrist; joint++)
            if (map[joint] >= 0) joints[(int)joint] = p[map[joint]];
        joints[(int)Joint.Pelvis] = (joints[(int)Joint.RightHip] + joints[(int)Joint.LeftHip]) * .5;
        return new BodyFrame(joints, default, default, default);
    }

    private static BodyFrame Complete(BodyFrame body, ReadOnlySpan<Vec3> p, JointMap map, Vec3 forward, Vec3 facing)
    {
        PlaceHead(body.Joints, p, map, facing);
        return body with
        {
            RightToe = map.RightToe >= 0 ? p[map.RightToe] : ToeBefore(body[Joint.RightAnkle], forward),
            LeftToe = map.LeftToe >= 0 ? p[map.LeftToe] : ToeBefore(body[Joint.LeftAnkle], forward),
            Facing = facing,
        };
    }

    private static void PlaceHead(Vec3[] joints, ReadOnlySpan<Vec3> p, JointMap map, Vec3 facing)
    {
        var neckBase = p[map.NeckBase];
        var skull = p[map.Skull];
        var last = map.HeadTop >= 0 ? p[map.HeadTop] : skull;
        var along = (last - skull).Length > 1e-6 ? last - skull : skull - neckBase;
        var crown = along.Length > 1e-6 ? along.Normalized() : FrameMath.Up;
        var top = map.HeadTop >= 0 ? last : skull + (SkullHeight * crown);
        joints[(int)Joint.Thorax] = FrameMath.Lerp(neckBase, skull, ThoraxShare);
        joints[(int)Joint.Neck] = skull + (FaceOffset * facing);
        joints[(int)Joint.Head] = top + (CrownOffset * crown);
    }

    /// <summary>The toe of a foot that the file does not have: level before the ankle, two fifths of it down.</summary>
    private static Vec3 ToeBefore(Vec3 ankle, Vec3 forward) => ankle + (FootLength * (forward - (.4 * FrameMath.Up)).Normalized());
}

/// <summary>A clip brought to our 17 joints, millimetres and z up, with the limb lengths it was captured with: left and right still differ.
/// The frames are those of the file, at its own rate.</summary>
public sealed record LandmarkTrack(string Name, IReadOnlyList<BodyFrame> Frames, double FramesPerSecond)
{
    public double Seconds => (Frames.Count - 1) / FramesPerSecond;

    /// <summary>The pose at a time in seconds, linear between two frames; times outside are clamped.</summary>
    public BodyFrame At(double seconds)
    {
        var position = Math.Clamp(seconds * FramesPerSecond, 0, Frames.Count - 1);
        // A time that is a whole frame but for rounding is that frame.
        var nearest = Math.Round(position);
        if (Math.Abs(position - nearest) < 1e-6) return Frames[(int)nearest];
        var index = (int)position;
        return FrameMath.Blend(Frames[index], Frames[index + 1], position - index);
    }

    /// <summary>The track at 50 frames a second, from its first frame to the last that fits. Positions are interpolated, not the turns of
    /// joints: a chord shortens a limb by a fraction of a millimetre at 120 Hz, retargeting restores the length, and Euler angles that jump
    /// by 360 degrees cannot do harm.</summary>
    public IReadOnlyList<BodyFrame> Resample()
    {
        var count = (int)Math.Floor((Seconds * MotionClip.FramesPerSecond) + 1e-6) + 1;
        return [.. Enumerable.Range(0, count).Select(i => At(i / MotionClip.FramesPerSecond))];
    }
}

/// <summary>Lengths and speed of a captured clip, before its left and right are made equal.</summary>
public static class BodyMeasure
{
    public static BodyProportions MeanProportions(LandmarkTrack track) => new(
        Mean(track, Joint.RightHip), Mean(track, Joint.RightKnee), Mean(track, Joint.RightAnkle),
        Mean(track, Joint.Spine), Mean(track, Joint.Thorax), Mean(track, Joint.Neck), Mean(track, Joint.Head),
        Mean(track, Joint.RightShoulder), Mean(track, Joint.RightElbow), Mean(track, Joint.RightWrist));

    /// <summary>The mean length in millimetres of the segment from a joint's parent to the joint, one side only.</summary>
    public static double LengthTo(LandmarkTrack track, Joint joint)
    {
        var parent = (Joint)Skeleton.Parents[(int)joint];
        return track.Frames.Average(frame => (frame[joint] - frame[parent]).Length);
    }

    public static double FootLength(LandmarkTrack track) => track.Frames.Average(frame =>
        ((frame.RightToe - frame[Joint.RightAnkle]).Length + (frame.LeftToe - frame[Joint.LeftAnkle]).Length) / 2);

    /// <summary>The mean ground speed of the pelvis in metres a second. The path is measured every tenth of a second, because the sway and
    /// the noise of single frames would lengthen it.</summary>
    public static double Speed(LandmarkTrack track)
    {
        const double interval = .1;
        var steps = (int)(track.Seconds / interval);
        if (steps == 0) return 0;
        double path = 0;
        var before = track.At(0)[Joint.Pelvis];
        for (var i = 1; i <= steps; i++)
        {
            var now = track.At(i * interval)[Joint.Pelvis];
            path += FrameMath.Ground(now - before).Length;
            before = now;
        }
        return path / (steps * interval) / 1000;
    }

    private static double Mean(LandmarkTrack track, Joint joint) => (LengthTo(track, joint) + LengthTo(track, (Joint)Skeleton.Mirror[(int)joint])) / 2;
}
