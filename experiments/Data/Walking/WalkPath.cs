namespace PoseEngine.Experiments.Data;

/// <summary>A closed path on the floor: an ellipse of about 3.4 x 2.8 m whose axes breathe with a period of three laps, so that it closes
/// after three laps and passes over most of the area. Millimetres; the parameter is the lap angle.</summary>
public sealed class WalkPath
{
    // The body must not come nearer than about 2.5 m to any of the four cameras.
    private const double HalfLength = 1700;
    private const double HalfWidth = 1420;
    private static readonly Vec3 Middle = new(0, 400, 0);
    private readonly double _direction;
    private readonly double _breathX;
    private readonly double _breathY;
    private readonly double _shiftX;
    private readonly double _shiftY;

    /// <param name="random">Draws the shape.</param>
    /// <param name="clockwise">The sense of walking, seen from above.</param>
    public WalkPath(RandomGenerator random, bool clockwise)
    {
        _direction = clockwise ? -1 : 1;
        (_breathX, _breathY) = (random.NextUniform(.05, .12), random.NextUniform(.05, .12));
        (_shiftX, _shiftY) = (random.NextUniform(0, 2 * Math.PI), random.NextUniform(0, 2 * Math.PI));
    }

    /// <summary>The place at a lap angle in radians.</summary>
    public Vec3 Position(double angle)
    {
        var (sine, cosine) = Math.SinCos(_direction * angle);
        return Middle + new Vec3(HalfLength * BreathX(angle) * cosine, HalfWidth * BreathY(angle) * sine, 0);
    }

    /// <summary>The derivative of the place by the angle, mm per radian.</summary>
    public Vec3 Velocity(double angle)
    {
        var (sine, cosine) = Math.SinCos(_direction * angle);
        var dx = (-BreathX(angle) * sine * _direction) + (SlopeX(angle) * cosine);
        var dy = (BreathY(angle) * cosine * _direction) + (SlopeY(angle) * sine);
        return new Vec3(HalfLength * dx, HalfWidth * dy, 0);
    }

    /// <summary>The lap angle after walking on by a distance in millimetres (midpoint rule).</summary>
    public double Advance(double angle, double distance)
    {
        var middle = angle + (distance / 2 / Velocity(angle).Length);
        return angle + (distance / Velocity(middle).Length);
    }

    /// <summary>The heading, radians from the x axis.</summary>
    public double Heading(double angle)
    {
        var velocity = Velocity(angle);
        return Math.Atan2(velocity.Y, velocity.X);
    }

    /// <summary>The curvature in 1/mm: the heading turns by this much per millimetre walked.</summary>
    public double Curvature(double angle)
    {
        const double Step = 1e-3;
        var turn = Heading(angle + Step) - Heading(angle - Step);
        turn -= 2 * Math.PI * Math.Round(turn / (2 * Math.PI));
        return Math.Abs(turn) / (2 * Step * Velocity(angle).Length);
    }

    private double BreathX(double angle) => 1 + (_breathX * Math.Cos((angle / 3) + _shiftX));

    private double BreathY(double angle) => 1 + (_breathY * Math.Cos((angle / 3) + _shiftY));

    private double SlopeX(double angle) => -_breathX / 3 * Math.Sin((angle / 3) + _shiftX);

    private double SlopeY(double angle) => -_breathY / 3 * Math.Sin((angle / 3) + _shiftY);
}
