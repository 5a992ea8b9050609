using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector256;

namespace PoseEngine.Experiments.Data;

/// <summary>A z-buffer of 256 x 256 rays (2 x 2 for a pixel) into which capsules are cast, eight rays at a time. Written with the portable
/// vector type: where the machine lacks it the same code gives the same bits, slower.</summary>
internal sealed class CapsuleRaster
{
    public const int Side = 2 * CropGeometry.Pixels;
    public const int Nothing = -1;
    private readonly float[] _depth = new float[Side * Side];
    private readonly int[] _id = new int[Side * Side];
    public CapsuleRaster() => Array.Fill(_id, Nothing);

    /// <summary>The depth of the nearest capsule for each ray, mm; meaningful where <see cref="Ids"/> is set.</summary>
    public ReadOnlySpan<float> Depths => _depth;

    /// <summary>Which capsule each ray meets first, or <see cref="Nothing"/>.</summary>
    public ReadOnlySpan<int> Ids => _id;

    public (int First, int End) Rows { get; private set; }

    public void Clear()
    {
        Array.Fill(_depth, float.PositiveInfinity);
        Array.Fill(_id, Nothing);
        Rows = (Side, 0);
    }

    public void Draw(in CameraCapsule capsule, int id, in RayGrid rays)
    {
        if (!capsule.InFront) return;
        var hull = new ScreenHull(capsule, rays);
        var (first, end) = hull.Rows(Side);
        if (first >= end) return;
        Rows = (Math.Min(Rows.First, first), Math.Max(Rows.End, end));
        for (var row = first; row < end; row++)
        {
            var (from, to) = hull.Columns(row, Side);
            if (from < to) DrawRow(capsule, id, rays, row, from & ~7, to);
        }
    }

    private void DrawRow(in CameraCapsule k, int id, in RayGrid rays, int row, int from, int to)
    {
        var one = Vector256<float>.One;
        var zero = Vector256<float>.Zero;
        var vy = rays.Y(row);
        // Rays start at the depth of the first centre: small numbers, hence no cancellation in float32.
        var oy = (vy * k.CentreZ) - k.CentreY;
        var ids = Create(id);
        for (var x = from; x < to; x += 8)
        {
            var vx = rays.X8(x);
            var ox = (vx * k.CentreZ) - Create(k.CentreX);
            var dd = (vx * vx) + Create((vy * vy) + 1);
            var od = (vx * ox) + Create(vy * oy);
            var oo = (ox * ox) + Create(oy * oy);
            var h0 = (ox * k.AxisX) + Create(k.AxisY * oy);
            var hd = (vx * k.AxisX) + Create((k.AxisY * vy) + k.AxisZ);

            // The cone: a t^2 + 2 b t + c = 0, entered at the smaller root.
            var a = (dd * k.CosineSquared) - (hd * hd);
            var b = (od * k.CosineSquared) - (h0 * hd) + (hd * (k.Sine * k.Radius0));
            var c = (oo * k.CosineSquared) - (h0 * h0) + (h0 * (2 * k.Radius0 * k.Sine)) - Create(k.Radius0 * k.Radius0);
            var discriminant = (b * b) - (a * c);
            var side = (-b - Sqrt(Max(discriminant, zero))) / a;
            var axial = (h0 + (side * hd) - Create(k.Sine * k.Radius0)) * (1 / k.CosineSquared);
            // A ray along the axis misses the cone's side and enters by the sphere it meets first.
            var along = LessThan(a, dd * 1e-4f);
            axial = ConditionalSelect(along, ConditionalSelect(GreaterThan(hd, zero), -one, Create(k.Length + 1)), axial);
            var onSide = GreaterThanOrEqual(axial, zero) & LessThanOrEqual(axial, Create(k.Length)) & GreaterThanOrEqual(discriminant, zero);

            // Otherwise the sphere on that end.
            var far = GreaterThan(axial, Create(k.Length));
            var shift = far.AsSingle() & Create(k.Length);
            var radius = ConditionalSelect(far, Create(k.Radius1), Create(k.Radius0));
            var capB = od - (shift * hd);
            var capC = oo - (shift * h0 * 2) + (shift * shift) - (radius * radius);
            var capDiscriminant = (capB * capB) - (dd * capC);
            var cap = (-capB - Sqrt(Max(capDiscriminant, zero))) / dd;

            var hit = onSide | GreaterThanOrEqual(capDiscriminant, zero);
            var depth = Create(k.CentreZ) + ConditionalSelect(onSide, side, cap);
            Store(depth, hit, ids, (row * Side) + x);
        }
    }

    private void Store(Vector256<float> depth, Vector256<float> hit, Vector256<int> ids, int at)
    {
        var old = Create(_depth, at);
        var nearer = hit & LessThan(depth, old);
        if (nearer.AsUInt32() == Vector256<uint>.Zero) return;
        ConditionalSelect(nearer, depth, old).CopyTo(_depth, at);
        ConditionalSelect(nearer.AsInt32(), ids, Create(_id, at)).CopyTo(_id, at);
    }
}

/// <summary>The rays of an image as slopes: the ray through column i and row j is (X0 + (i + .5) Step, Y0 + (j + .5) Step, 1), so that its
/// parameter is the depth.</summary>
internal readonly record struct RayGrid(float X0, float Y0, float Step)
{
    private static readonly Vector256<float> Lanes = Create(.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f);

    /// <summary>The rays of a crop with <paramref name="samples"/> rays along each side of a pixel.</summary>
    public static RayGrid Of(in CropGeometry crop, int samples)
    {
        var (x, y) = crop.Ray(0, 0);
        return new RayGrid((float)x, (float)y, (float)(crop.Size / CropGeometry.Pixels / samples / crop.Root.Z));
    }

    public float Y(int row) => Y0 + ((row + .5f) * Step);
    public float X(int column) => X0 + ((column + .5f) * Step);

    public Vector256<float> X8(int column) => Create(X0) + ((Create((float)column) + Lanes) * Step);
}

/// <summary>A tapered capsule in camera space with the constants of its ray test. Between its two spheres the surface is a cone that
/// touches both: with s the sine of its half angle and h the coordinate along the axis, (|q|^2 - h^2) c^2 = (r0 - s h)^2. The sphere
/// touched at h has its centre at (h - s r0) / c^2 along the axis.</summary>
internal readonly struct CameraCapsule
{
    public readonly float CentreX, CentreY, CentreZ;
    public readonly float AxisX, AxisY, AxisZ;
    public readonly float Length, Radius0, Radius1;
    public readonly float Sine, CosineSquared;
    public readonly BodyPart Part;

    public CameraCapsule(in Capsule capsule, Camera camera)
    {
        var (start, end) = (camera.ToCamera(capsule.Start), camera.ToCamera(capsule.End));
        var (r0, r1) = (capsule.StartRadius, capsule.EndRadius);
        var axis = end - start;
        var length = axis.Length;
        if (length <= Math.Abs(r0 - r1) + 1e-3)
        {
            // One sphere holds the other: only the larger one shows.
            if (r1 > r0) (start, r0) = (end, r1);
            (axis, length, r1) = (new Vec3(0, 0, 1), 0, r0);
        }
        else
        {
            axis *= 1 / length;
        }
        (CentreX, CentreY, CentreZ) = ((float)start.X, (float)start.Y, (float)start.Z);
        (AxisX, AxisY, AxisZ) = ((float)axis.X, (float)axis.Y, (float)axis.Z);
        (Length, Radius0, Radius1) = ((float)length, (float)r0, (float)r1);
        var sine = length > 0 ? (r0 - r1) / length : 0;
        (Sine, CosineSquared) = ((float)sine, (float)(1 - (sine * sine)));
        Part = capsule.Part;
    }

    /// <summary>Whether both spheres lie well in front of the camera; others are not drawn.</summary>
    public bool InFront => CentreZ > 2 * Radius0 && CentreZ + (Length * AxisZ) > 2 * Radius1;
}
