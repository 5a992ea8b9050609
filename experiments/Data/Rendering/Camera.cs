namespace PoseEngine.Experiments.Data;

/// <summary>A pinhole camera. World: millimetres, z up. Camera space: x right, y down, z forward, millimetres. The three axes are unit
/// vectors in the world.</summary>
/// <param name="Principal">The principal point in pixels (Z unused).</param>
public sealed record Camera(int Number, Vec3 Right, Vec3 Down, Vec3 Forward, Vec3 Centre, Vec3 Focal, Vec3 Principal)
{
    /// <summary>A camera whose axes a quaternion, of any length, turns into the world.</summary>
    internal static Camera FromQuaternion(int number, (double W, double X, double Y, double Z) q, Vec3 centre, Vec3 focal, Vec3 principal)
    {
        var norm = Math.Sqrt((q.W * q.W) + (q.X * q.X) + (q.Y * q.Y) + (q.Z * q.Z));
        var (w, x, y, z) = (q.W / norm, q.X / norm, q.Y / norm, q.Z / norm);
        // The quaternion turns camera axes into the world; these are the three columns of its matrix.
        return new Camera(
            number, new(1 - (2 * ((y * y) + (z * z))), 2 * ((x * y) + (w * z)), 2 * ((x * z) - (w * y))),
            new(2 * ((x * y) - (w * z)), 1 - (2 * ((x * x) + (z * z))), 2 * ((y * z) + (w * x))),
            new(2 * ((x * z) + (w * y)), 2 * ((y * z) - (w * x)), 1 - (2 * ((x * x) + (y * y)))), centre, focal, principal);
    }

    public Vec3 ToCamera(Vec3 world) => DirectionToCamera(world - Centre);

    public Vec3 DirectionToCamera(Vec3 direction) => new(Vec3.Dot(Right, direction), Vec3.Dot(Down, direction), Vec3.Dot(Forward, direction));

    public Vec3 DirectionToWorld(Vec3 direction) => (direction.X * Right) + (direction.Y * Down) + (direction.Z * Forward);

    /// <summary>The pixel of a camera-space point on the full sensor (about 1000 x 1000).</summary>
    public (double U, double V) Project(Vec3 point) => ((Focal.X * point.X / point.Z) + Principal.X, (Focal.Y * point.Y / point.Z) + Principal.Y);

    /// <summary>This camera moved back along its axis so that a world point lies at least <paramref name="distance"/> millimetres in front
    /// of it; itself where it does already.</summary>
    public Camera KeepingAway(Vec3 point, double distance)
    {
        var depth = ToCamera(point).Z;
        return depth >= distance ? this : this with { Centre = Centre - ((distance - depth) * Forward) };
    }
}

/// <summary>The four cameras of the Human3.6M studio; lens distortion moves a body by less than a pixel and is left out.</summary>
public static class StudioCameras
{
    public const int Count = 4;
    private const double JitterMillimetres = 100;
    private const double JitterDegrees = 2;

    public static IReadOnlyList<Camera> Surveyed { get; } =
    [
        Camera.FromQuaternion(1, (0.14070565, -0.15007018, -0.75524080, 0.62232804), new(1841.107, 4955.285, 1563.445),
            new(1145.0494, 1143.7811, 0), new(512.5415, 515.4515, 0)),
        Camera.FromQuaternion(2, (0.61571878, -0.76483631, -0.14833826, 0.11794741), new(1761.279, -5078.007, 1606.265),
            new(1149.6757, 1147.5917, 0), new(508.8486, 508.0649, 0)),
        Camera.FromQuaternion(3, (0.14651473, -0.14647852, 0.76530236, -0.60941756), new(-1846.778, 5215.046, 1491.972),
            new(1149.1407, 1148.7990, 0), new(519.8159, 501.4026, 0)),
        Camera.FromQuaternion(4, (0.58340085, -0.78531623, 0.14548823, -0.14749594), new(-1794.790, -3722.699, 1574.893),
            new(1145.5114, 1144.7739, 0), new(514.9682, 501.8820, 0)),
    ];

    /// <summary>A camera (1 to 4) as it stood for one subject: up to 100 mm and 2 degrees from the surveyed one.</summary>
    public static Camera ForSubject(int number, ulong seed, ulong subject)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, Count);
        var camera = Surveyed[number - 1];
        var random = new RandomGenerator(RandomGenerator.Hash(seed, 2, subject, (ulong)number));
        Vec3 Draw(double range) => new(random.NextUniform(-range, range), random.NextUniform(-range, range), random.NextUniform(-range, range));
        var shift = Draw(JitterMillimetres);
        var turn = Draw(JitterDegrees * Math.PI / 180);
        return camera with
        {
            Right = Rotate(camera.Right, turn),
            Down = Rotate(camera.Down, turn),
            Forward = Rotate(camera.Forward, turn),
            Centre = camera.Centre + shift,
        };
    }

    /// <summary>Rodrigues' rotation of a vector by a rotation vector in radians.</summary>
    private static Vec3 Rotate(Vec3 v, Vec3 turn)
    {
        var angle = turn.Length;
        if (angle == 0) return v;
        var axis = turn * (1 / angle);
        var (sine, cosine) = Math.SinCos(angle);
        return (cosine * v) + (sine * Vec3.Cross(axis, v)) + ((1 - cosine) * Vec3.Dot(axis, v) * axis);
    }
}

/// <summary>Which part of the view the 128 x 128 pixels show: a square at the depth of the pelvis, so that a person has the same size at
/// any distance. It maps root-relative joints to pixels exactly, perspective included.</summary>
/// <param name="Left">The left edge relative to the pelvis, mm (-1000 without jitter).</param>
/// <param name="Top">The upper edge relative to the pelvis, mm (-900 without jitter).</param>
/// <param name="Size">The side of the square, mm (2000 without jitter).</param>
public readonly record struct CropGeometry(Vec3 Root, double Left, double Top, double Size)
{
    public const int Pixels = 128;

    // So far away that perspective is below a thousandth of a pixel.
    private static readonly Vec3 FarRoot = new(0, 0, 1e9);

    /// <summary>The 2 m box seen without perspective: for packs that do not say how their images were cut.</summary>
    public static CropGeometry Orthographic { get; } = Around(FarRoot);

    /// <summary>The 2 m box around a pelvis: 1000 mm to both sides, 900 mm above, 1100 mm below.</summary>
    public static CropGeometry Around(Vec3 root) => new(root, -1000, -900, 2000);

    /// <summary>The pixel coordinates (pixel centres at .5) of a joint given relative to the pelvis, mm.</summary>
    public (double X, double Y) Project(Vec3 relative)
    {
        var shrink = Root.Z / (Root.Z + relative.Z);
        var scale = Pixels / Size;
        // Written as a difference that stays exact for a root at any distance.
        var x = (relative.X * shrink) + (Root.X * (shrink - 1));
        var y = (relative.Y * shrink) + (Root.Y * (shrink - 1));
        return ((x - Left) * scale, (y - Top) * scale);
    }

    public (double X, double Y) Ray(double pixelX, double pixelY)
        => ((Root.X + Left + (pixelX * Size / Pixels)) / Root.Z, (Root.Y + Top + (pixelY * Size / Pixels)) / Root.Z);
}
