namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Lengths and speed of a captured clip, before its left and right are made equal.</summary>
public static class BodyMeasure
{
    /// <summary>Mean lengths in millimetres over all frames and both sides.</summary>
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

    /// <summary>The mean distance in millimetres from ankle to toe over all frames and both feet.</summary>
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

    private static double Mean(LandmarkTrack track, Joint joint)
        => (LengthTo(track, joint) + LengthTo(track, (Joint)Skeleton.Mirror[(int)joint])) / 2;
}
