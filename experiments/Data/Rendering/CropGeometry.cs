namespace PoseEngine.Experiments.Data;

/// <summary>Which part of the view the 128 x 128 pixels show: a square at the depth of the pelvis, so that a person has the same size at
/// any distance. It maps root-relative joints to pixels exactly, perspective included.</summary>
/// <param name="Root">The pelvis in camera space, mm.</param>
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

    /// <summary>The slopes x/z and y/z of the ray through pixel coordinates.</summary>
    public (double X, double Y) Ray(double pixelX, double pixelY)
        => ((Root.X + Left + (pixelX * Size / Pixels)) / Root.Z, (Root.Y + Top + (pixelY * Size / Pixels)) / Root.Z);
}
