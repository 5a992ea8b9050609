using PoseEngine.Tensors;

namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>
/// An endless curved path about the origin: an ellipse that breathes with an irrational period, so that no two rounds
/// are the same, and every heading is taken. It stays within 4 m by 3 m (x by y), where all four cameras see the walker.
/// Position and heading follow from integrating the speed along the curve.
/// </summary>
public sealed class WalkingPath
{
    /// <summary>Millimetres from the origin that no point of the path exceeds.</summary>
    public const double HalfLengthX = 2000, HalfLengthY = 1500;

    /// <summary>Sway of the body to either side of the path, and a little more.</summary>
    private const double Margin = 100;

    private const double Breath = .12;
    private const double BreathRate = .381966011250105;

    private readonly double _semiX, _semiY, _breathPhase, _direction;
    private double _angle;

    /// <summary>A path whose size, start and sense are drawn from <paramref name="random"/>.</summary>
    public WalkingPath(RandomGenerator random)
    {
        _semiX = random.NextUniform(.88, 1) * (HalfLengthX - Margin);
        _semiY = random.NextUniform(.92, 1) * (HalfLengthY - Margin);
        _breathPhase = random.NextUniform(0, 2 * Math.PI);
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

    private Vec3 PointAt(double angle)
        => Size(angle) * new Vec3(_semiX * Math.Cos(angle), _semiY * Math.Sin(angle), 0);

    private Vec3 Tangent(double angle)
    {
        var growth = -Breath * .5 * BreathRate * Math.Cos((BreathRate * angle) + _breathPhase);
        return (Size(angle) * new Vec3(-_semiX * Math.Sin(angle), _semiY * Math.Cos(angle), 0))
            + (growth * new Vec3(_semiX * Math.Cos(angle), _semiY * Math.Sin(angle), 0));
    }

    /// <summary>Between 1 - Breath and 1.</summary>
    private double Size(double angle) => 1 - (Breath * .5 * (1 + Math.Sin((BreathRate * angle) + _breathPhase)));
}
