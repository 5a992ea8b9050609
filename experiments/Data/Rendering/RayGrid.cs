using System.Runtime.Intrinsics;

namespace PoseEngine.Experiments.Data;

/// <summary>The rays of an image as slopes: the ray through column i and row j is (X0 + (i + .5) Step, Y0 + (j + .5) Step, 1), so that its
/// parameter is the depth.</summary>
internal readonly record struct RayGrid(float X0, float Y0, float Step)
{
    private static readonly Vector256<float> Lanes = Vector256.Create(.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f);

    /// <summary>The rays of a crop with <paramref name="samples"/> rays along each side of a pixel.</summary>
    public static RayGrid Of(in CropGeometry crop, int samples)
    {
        var (x, y) = crop.Ray(0, 0);
        return new RayGrid((float)x, (float)y, (float)(crop.Size / CropGeometry.Pixels / samples / crop.Root.Z));
    }

    public float Y(int row) => Y0 + ((row + .5f) * Step);

    public float X(int column) => X0 + ((column + .5f) * Step);

    /// <summary>The slopes of eight neighbouring columns.</summary>
    public Vector256<float> X8(int column) => Vector256.Create(X0) + ((Vector256.Create((float)column) + Lanes) * Step);
}
