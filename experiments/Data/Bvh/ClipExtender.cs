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

/// <summary>An endless curved path about the origin: a nearly round ellipse that slides to and fro along x with an irrational period, so
/// that no two rounds are the same, and every heading is taken. It stays within 4 m by 3 m (x by y), where all four cameras see the walker,
/// and its bends are no tighter than about a metre. Position and heading follow from integrating the speed along the curve.</summary>
public sealed class WalkingPath
{
    /// <summary>Millimetres from the origin that no point of the path, nor the swaying pelvis, exceeds.</summary>
    public const double HalfLengthX = 2000, HalfLengthY = 1500;

    private const double SlideRate = .381966011250105;
    private readonly double _semiX, _semiY, _slide, _slidePhase, _direction;
    private double _angle;

    public WalkingPath(RandomGenerator random)
    {
        _semiX = random.NextUniform(1350, 1500);
        _semiY = random.NextUniform(1320, 1400);
        _slide = random.NextUniform(250, 400);
        _slidePhase = random.NextUniform(0, 2 * Math.PI);
        _angle = random.NextUniform(0, 2 * Math.PI);
        _direction = random.NextInt(2) == 0 ? 1 : -1;
    }

    /// <summary>Where the walker is, on the ground, millimetres.</summary>
    public Vec3 Position => PointAt(_angle);

    /// <summary>Where the walker goes: radians, anticlockwise from x.</summary>
    public double Heading => FrameMath.Heading(_direction * Tangent(_angle));

    /// <summary>Moves on along the curve by some millimetres (midpoint rule, exact to a hundredth for steps of a frame).</summary>
    public void Advance(double distance)
    {
        var middle = _angle + (_direction * .5 * distance / Tangent(_angle).Length);
        _angle += _direction * distance / Tangent(middle).Length;
    }

    private Vec3 PointAt(double angle) => new((_semiX * Math.Cos(angle)) + (_slide * Math.Sin((SlideRate * angle) + _slidePhase)), _semiY * Math.Sin(angle), 0);

    private Vec3 Tangent(double angle) => new(
        (-_semiX * Math.Sin(angle)) + (SlideRate * _slide * Math.Cos((SlideRate * angle) + _slidePhase)), _semiY * Math.Cos(angle), 0);
}
