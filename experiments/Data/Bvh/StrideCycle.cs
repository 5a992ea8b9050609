namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>One stride as an endless cycle of poses at 50 frames a second, seen from a base that moves along the path: its origin on the
/// ground below the body, x forward. Sway and the bobbing of speed within the stride stay in the poses.</summary>
/// <param name="Poses">One stride; the last is followed by the first.</param>
/// <param name="Step">How far the base moves from a pose to the next, millimetres.</param>
public sealed record StrideCycle(IReadOnlyList<BodyFrame> Poses, double Step)
{
    /// <summary>Cuts a stride out of a track and closes it.</summary>
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
        private readonly Vec3 _start;
        private readonly Vec3 _travel;
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
