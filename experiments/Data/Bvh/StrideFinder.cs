namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>The time from one heel strike to the next of the same foot, seconds from the start of the track.</summary>
/// <param name="Gap">How far the two ends differ, millimetres, at the worst joint, seen from the moving body.</param>
public sealed record Stride(double Start, double End, bool Right, double Gap)
{
    public double Seconds => End - Start;
}

/// <summary>Finds the cleanest stride of a walk. A heel strikes where the ankle is farthest before the pelvis (Zeni, Richards and Higginson
/// 2008), provided that it is then near the ground and hardly moves for the next tenths of a second.</summary>
public static class StrideFinder
{
    private const double ShortestStride = .6, LongestStride = 2.2;
    private const double LargestGap = 150;
    private const double LeastTravel = 300;

    /// <summary>The best stride between two right heel strikes, else between two left ones, else null.</summary>
    public static Stride? Find(LandmarkTrack track) => Find(track, right: true) ?? Find(track, right: false);

    public static IReadOnlyList<double> HeelStrikes(LandmarkTrack track, bool right)
    {
        var ankle = right ? Joint.RightAnkle : Joint.LeftAnkle;
        var reach = track.Frames.Select(f => Vec3.Dot(f[ankle] - f[Joint.Pelvis], FrameMath.Forward(f))).ToArray();
        var lowest = track.Frames.Min(frame => frame[ankle].Z);
        var strikes = new List<double>();
        for (var i = 1; i < reach.Length - 1; i++)
        {
            if (IsPeak(reach, i, track.FramesPerSecond) && Lands(track, ankle, i, reach[i], lowest))
                strikes.Add(PeakPosition(reach, i) / track.FramesPerSecond);
        }
        return strikes;
    }

    private static Stride? Find(LandmarkTrack track, bool right)
    {
        var strikes = HeelStrikes(track, right);
        return strikes.Zip(strikes.Skip(1), (start, end) => new Stride(start, end, right, Gap(track, start, end)))
            .Where(stride => stride.Seconds is >= ShortestStride and <= LongestStride && stride.Gap <= LargestGap)
            .Where(stride => Travel(track, stride.Start, stride.End).Length >= LeastTravel)
            .MinBy(stride => stride.Gap);
    }

    private static bool IsPeak(double[] reach, int index, double framesPerSecond)
    {
        const double seconds = .25;
        var half = (int)Math.Max(1, seconds * framesPerSecond);
        for (var i = Math.Max(0, index - half); i <= Math.Min(reach.Length - 1, index + half); i++)
            if (reach[i] > reach[index] || (reach[i] == reach[index] && i < index)) return false;
        return true;
    }

    /// <summary>The foot is well before the body, near its lowest height, and slow from then on.</summary>
    private static bool Lands(LandmarkTrack track, Joint ankle, int index, double reach, double lowest)
    {
        const double wait = .08, watch = .1, slow = .5, leastReach = .15, mostHeight = .15;
        var frame = track.Frames[index];
        var leg = Math.Max(1, frame[Joint.Pelvis].Z - lowest);
        if (reach < leastReach * leg || frame[ankle].Z - lowest > mostHeight * leg) return false;
        var from = (index / track.FramesPerSecond) + wait;
        // A strike at the very end of a clip cannot be watched; reach and height must do.
        if (from + watch > track.Seconds) return true;
        var (before, after) = (track.At(from), track.At(from + watch));
        var foot = (after[ankle] - before[ankle]).Length;
        var body = (after[Joint.Pelvis] - before[Joint.Pelvis]).Length;
        return foot < slow * body;
    }

    /// <summary>The top of the parabola through a peak and its neighbours, in frames.</summary>
    private static double PeakPosition(double[] y, int i)
    {
        var bend = y[i - 1] - (2 * y[i]) + y[i + 1];
        return bend >= 0 ? i : i + (.5 * (y[i - 1] - y[i + 1]) / bend);
    }

    private static Vec3 Travel(LandmarkTrack track, double start, double end) => FrameMath.Ground(track.At(end)[Joint.Pelvis] - track.At(start)[Joint.Pelvis]);

    /// <summary>Both poses are turned to the same heading and set on the same spot before they are compared.</summary>
    private static double Gap(LandmarkTrack track, double start, double end) => FrameMath.Distance(Seen(track.At(start)), Seen(track.At(end)));

    private static BodyFrame Seen(BodyFrame frame)
    {
        var centred = FrameMath.Move(frame, 0, -FrameMath.Ground(frame[Joint.Pelvis]));
        return FrameMath.Move(centred, -FrameMath.Heading(FrameMath.Forward(frame)), Vec3.Zero);
    }
}

/// <summary>One stride as an endless cycle of poses at 50 frames a second, seen from a base that moves along the path: its origin on the
/// ground below the body, x forward. Sway and the bobbing of speed within the stride stay in the poses.</summary>
/// <param name="Step">How far the base moves from a pose to the next, millimetres.</param>
public sealed record StrideCycle(IReadOnlyList<BodyFrame> Poses, double Step)
{
    public static StrideCycle Cut(LandmarkTrack track, Stride stride, Retargeter retargeter)
    {
        // The stride is stretched by at most half a frame so that it takes a whole number of them.
        var count = (int)Math.Round(stride.Seconds * MotionClip.FramesPerSecond);
        var path = new Base(track.At(stride.Start), track.At(stride.End));
        var poses = new BodyFrame[count + 1];
        for (var k = 0; k <= count; k++)
        {
            var share = (double)k / count;
            poses[k] = path.See(track.At(stride.Start + (share * stride.Seconds)), share);
        }
        return new StrideCycle(retargeter.Retarget(Close(poses), cyclic: true), path.Length * retargeter.Scale / count);
    }

    /// <summary>Makes the last pose equal the first: the gap between them is spread over the whole stride, so that there is no seam, and
    /// the repeated pose is dropped. Limbs change length by a hair; retargeting follows and mends that.</summary>
    private static BodyFrame[] Close(BodyFrame[] poses)
    {
        var count = poses.Length - 1;
        return [.. poses.Take(count).Select((pose, k) => FrameMath.AddDifference(pose, poses[0], poses[count], .5 - ((double)k / count)))];
    }

    /// <summary>The moving base: a straight line from start to end, turning evenly if the body turned.</summary>
    private sealed class Base
    {
        private readonly Vec3 _start, _travel;
        private readonly double _turn;

        public Base(BodyFrame start, BodyFrame end)
        {
            _start = FrameMath.Ground(start[Joint.Pelvis]);
            _travel = FrameMath.Ground(end[Joint.Pelvis]) - _start;
            // At the same phase the pelvis is twisted by the same angle, so the difference is the turn of the path.
            var turn = FrameMath.Heading(FrameMath.Forward(end)) - FrameMath.Heading(FrameMath.Forward(start));
            _turn = Math.IEEERemainder(turn, 2 * Math.PI);
        }

        public double Length => _travel.Length;

        public BodyFrame See(BodyFrame frame, double share)
        {
            var heading = FrameMath.Heading(_travel) + (_turn * (share - .5));
            var centred = FrameMath.Move(frame, 0, -(_start + (share * _travel)));
            return FrameMath.Move(centred, -heading, Vec3.Zero);
        }
    }
}
