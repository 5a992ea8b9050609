using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector256;

namespace PoseEngine.Experiments.Data;

/// <summary>The shadow that a body casts on the floor. A floor point is dark where its line towards the light passes a capsule: seen along
/// the light, capsules are flat and the test is one in the plane.</summary>
internal sealed class GroundShadow
{
    private const float Softness = 28;
    private const float ContactRange = 240;
    private readonly float _e1X, _e1Y, _e2X, _e2Y;
    private readonly FlatCapsule[] _capsules;
    private readonly float _lowX, _lowY, _highX, _highY;
    private readonly Vec3 _footA, _footB;

    public GroundShadow(ReadOnlySpan<Capsule> capsules, Vec3 light, Vec3 rightFoot, Vec3 leftFoot)
    {
        (_footA, _footB) = (rightFoot, leftFoot);
        var e1 = Vec3.Cross(light, Math.Abs(light.X) < .8 ? new Vec3(1, 0, 0) : new Vec3(0, 1, 0)).Normalized();
        var e2 = Vec3.Cross(light, e1);
        (_e1X, _e1Y, _e2X, _e2Y) = ((float)e1.X, (float)e1.Y, (float)e2.X, (float)e2.Y);
        _capsules = new FlatCapsule[capsules.Length];
        (_lowX, _lowY, _highX, _highY) = (float.MaxValue, float.MaxValue, float.MinValue, float.MinValue);
        for (var i = 0; i < capsules.Length; i++)
        {
            var capsule = capsules[i];
            _capsules[i] = FlatCapsule.Along(capsule, e1, e2);
            foreach (var (point, radius) in ((Vec3, double)[])[(capsule.Start, capsule.StartRadius), (capsule.End, capsule.EndRadius)])
            {
                var floor = point - ((point.Z / light.Z) * light);
                var reach = (radius + Softness) / light.Z;
                _lowX = Math.Min(_lowX, (float)(floor.X - reach));
                _lowY = Math.Min(_lowY, (float)(floor.Y - reach));
                _highX = Math.Max(_highX, (float)(floor.X + reach));
                _highY = Math.Max(_highY, (float)(floor.Y + reach));
            }
        }
    }

    /// <summary>How much of the directional light floor points receive, 0 to 1.</summary>
    public Vector256<float> Lit(Vector256<float> x, Vector256<float> y)
    {
        var inside = GreaterThan(x, Create(_lowX)) & LessThan(x, Create(_highX)) & GreaterThan(y, Create(_lowY)) & LessThan(y, Create(_highY));
        if (inside.AsUInt32() == Vector256<uint>.Zero) return Vector256<float>.One;
        var u = (x * _e1X) + (y * _e1Y);
        var v = (x * _e2X) + (y * _e2Y);
        var nearest = Create(Softness);
        foreach (ref readonly var capsule in _capsules.AsSpan()) nearest = Min(nearest, capsule.Distance(u, v));
        return Max((nearest + Create(Softness)) * (.5f / Softness), Vector256<float>.Zero);
    }

    /// <summary>How much of the ambient light reaches floor points near the feet, 0 to 1.</summary>
    public Vector256<float> Open(Vector256<float> x, Vector256<float> y) => Vector256<float>.One - ((Near(x, y, _footA) + Near(x, y, _footB)) * .38f);

    private static Vector256<float> Near(Vector256<float> x, Vector256<float> y, Vec3 foot)
    {
        var (dx, dy) = (x - Create((float)foot.X), y - Create((float)foot.Y));
        var fade = Vector256<float>.One - (((dx * dx) + (dy * dy)) * (1 / (ContactRange * ContactRange)));
        fade = Max(fade, Vector256<float>.Zero);
        return fade * fade;
    }

    private readonly record struct FlatCapsule(float X, float Y, float Dx, float Dy, float InverseLength, float Radius, float Widening)
    {
        public static FlatCapsule Along(in Capsule capsule, Vec3 e1, Vec3 e2)
        {
            var (x, y) = (Vec3.Dot(capsule.Start, e1), Vec3.Dot(capsule.Start, e2));
            var (dx, dy) = (Vec3.Dot(capsule.End, e1) - x, Vec3.Dot(capsule.End, e2) - y);
            var square = Math.Max((dx * dx) + (dy * dy), 1e-6);
            return new FlatCapsule(
                (float)x, (float)y, (float)dx, (float)dy, (float)(1 / square), (float)capsule.StartRadius, (float)(capsule.EndRadius - capsule.StartRadius));
        }

        public Vector256<float> Distance(Vector256<float> u, Vector256<float> v)
        {
            var (px, py) = (u - Create(X), v - Create(Y));
            var share = ((px * Dx) + (py * Dy)) * InverseLength;
            share = Min(Max(share, Vector256<float>.Zero), Vector256<float>.One);
            var (qx, qy) = (px - (share * Dx), py - (share * Dy));
            return Sqrt((qx * qx) + (qy * qy)) - Create(Radius) - (share * Widening);
        }
    }
}

/// <summary>The area of the image that a capsule can cover: the convex hull of two discs, in units of rays. The disc of a sphere is widened
/// by what perspective can add, so the hull is never too small.</summary>
internal readonly struct ScreenHull
{
    private readonly float _x0, _y0, _r0, _x1, _y1, _r1, _ax, _ay, _bx, _by, _cx, _cy, _dx, _dy;
    private readonly bool _hasSides;

    public ScreenHull(in CameraCapsule k, in RayGrid rays)
    {
        (_x0, _y0, _r0) = Disc(k.CentreX, k.CentreY, k.CentreZ, k.Radius0, rays);
        (_x1, _y1, _r1) = Disc(k.CentreX + (k.Length * k.AxisX), k.CentreY + (k.Length * k.AxisY), k.CentreZ + (k.Length * k.AxisZ), k.Radius1, rays);
        var (ex, ey) = (_x1 - _x0, _y1 - _y0);
        var distance = MathF.Sqrt((ex * ex) + (ey * ey));
        var cosine = (_r0 - _r1) / MathF.Max(distance, 1e-6f);
        _hasSides = MathF.Abs(cosine) < 1 && distance > 1e-6f;
        if (!_hasSides) return;
        (ex, ey) = (ex / distance, ey / distance);
        var sine = MathF.Sqrt(1 - (cosine * cosine));
        // The two outer tangents touch where the normal is (cosine, +-sine) relative to the line of centres.
        var (nx, ny) = ((cosine * ex) - (sine * ey), (cosine * ey) + (sine * ex));
        var (mx, my) = ((cosine * ex) + (sine * ey), (cosine * ey) - (sine * ex));
        (_ax, _ay, _bx, _by) = (_x0 + (_r0 * nx), _y0 + (_r0 * ny), _x1 + (_r1 * nx), _y1 + (_r1 * ny));
        (_cx, _cy, _dx, _dy) = (_x0 + (_r0 * mx), _y0 + (_r0 * my), _x1 + (_r1 * mx), _y1 + (_r1 * my));
    }

    /// <summary>The rows with a covered ray centre.</summary>
    public (int First, int End) Rows(int side)
    {
        var top = MathF.Min(_y0 - _r0, _y1 - _r1);
        var bottom = MathF.Max(_y0 + _r0, _y1 + _r1);
        return ((int)Math.Clamp(MathF.Floor(top), 0, side), (int)Math.Clamp(MathF.Ceiling(bottom) + 1, 0, side));
    }

    /// <summary>The columns of a row with a covered ray centre; empty where from = to.</summary>
    public (int From, int To) Columns(int row, int side)
    {
        var y = row + .5f;
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        AddDisc(_x0, _r0, y - _y0, ref low, ref high);
        AddDisc(_x1, _r1, y - _y1, ref low, ref high);
        if (_hasSides)
        {
            AddSegment(_ax, _ay, _bx, _by, y, ref low, ref high);
            AddSegment(_cx, _cy, _dx, _dy, y, ref low, ref high);
        }
        if (low > high) return (0, 0);
        return ((int)Math.Clamp(MathF.Floor(low), 0, side), (int)Math.Clamp(MathF.Ceiling(high) + 1, 0, side));
    }

    private static (float X, float Y, float R) Disc(float x, float y, float z, float radius, in RayGrid rays)
    {
        var (vx, vy) = (x / z, y / z);
        // |(p + r n) / (z + r n_z) - p / z| <= r sqrt(1 + |p/z|^2) / (z - r) for every unit vector n.
        var widened = radius * MathF.Sqrt(1 + (vx * vx) + (vy * vy)) / (z - radius);
        return ((vx - rays.X0) / rays.Step, (vy - rays.Y0) / rays.Step, widened / rays.Step);
    }

    private static void AddDisc(float x, float radius, float dy, ref float low, ref float high)
    {
        // Half a ray more than the disc: rows are tested at their centres.
        var reach = ((radius + .5f) * (radius + .5f)) - (dy * dy);
        if (reach < 0) return;
        var half = MathF.Sqrt(reach);
        low = MathF.Min(low, x - half);
        high = MathF.Max(high, x + half);
    }

    private static void AddSegment(float x0, float y0, float x1, float y1, float y, ref float low, ref float high)
    {
        if (y < MathF.Min(y0, y1) || y > MathF.Max(y0, y1) || y0 == y1) return;
        var x = x0 + ((x1 - x0) * (y - y0) / (y1 - y0));
        low = MathF.Min(low, x);
        high = MathF.Max(high, x);
    }
}
