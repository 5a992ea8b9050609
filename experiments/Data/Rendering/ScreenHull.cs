namespace PoseEngine.Experiments.Data;

/// <summary>The area of the image that a capsule can cover: the convex hull of two discs, in units of rays. The disc of a sphere is widened
/// by what perspective can add, so the hull is never too small.</summary>
internal readonly struct ScreenHull
{
    private readonly float _x0, _y0, _r0, _x1, _y1, _r1;
    private readonly float _ax, _ay, _bx, _by, _cx, _cy, _dx, _dy;
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
