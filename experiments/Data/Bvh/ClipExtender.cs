namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Makes clips of any length out of a walk of a few seconds, and sets them about the origin at which the cameras look.</summary>
public static class ClipExtender
{
    /// <summary>Any number of frames: the cycle of one stride, carried along a curved path.</summary>
    public static IReadOnlyList<BodyFrame> Loop(StrideCycle cycle, int frames, RandomGenerator random)
    {
        var path = new WalkingPath(random);
        var phase = random.NextInt(cycle.Poses.Count);
        var loop = new BodyFrame[frames];
        for (var i = 0; i < frames; i++)
        {
            var pose = cycle.Poses[(phase + i) % cycle.Poses.Count];
            loop[i] = FrameMath.Move(pose, path.Heading, path.Position);
            path.Advance(cycle.Step);
        }
        return loop;
    }

    /// <summary>The fallback for motions without a clean stride: forth and back, again and again. Positions stay continuous, but the way
    /// back shows a person walking backwards.</summary>
    public static IReadOnlyList<BodyFrame> ForthAndBack(IReadOnlyList<BodyFrame> clip, int frames)
    {
        var period = Math.Max(1, 2 * (clip.Count - 1));
        return [.. Enumerable.Range(0, frames).Select(i => clip[Math.Min(i % period, period - (i % period))])];
    }

    /// <summary>The clip turned so that its way lies along x, the long side of the area, towards one end or the other, with the middle of
    /// its extent at the origin.</summary>
    public static IReadOnlyList<BodyFrame> Centre(IReadOnlyList<BodyFrame> clip, RandomGenerator random)
    {
        var travel = FrameMath.Ground(clip[^1][Joint.Pelvis] - clip[0][Joint.Pelvis]);
        var turn = (random.NextInt(2) * Math.PI) - (travel.Length > 0 ? FrameMath.Heading(travel) : 0);
        var turned = clip.Select(frame => FrameMath.Move(frame, turn, Vec3.Zero)).ToArray();
        var (x, y) = (turned.Select(f => f[Joint.Pelvis].X), turned.Select(f => f[Joint.Pelvis].Y));
        var middle = new Vec3((x.Min() + x.Max()) / 2, (y.Min() + y.Max()) / 2, 0);
        return [.. turned.Select(frame => FrameMath.Move(frame, 0, -middle))];
    }
}
