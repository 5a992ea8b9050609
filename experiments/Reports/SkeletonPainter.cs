using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Experiments.Reports;

/// <summary>The colours of a drawn skeleton; left and right are the person's.</summary>
public sealed record SkeletonColours(Rgb24 Left, Rgb24 Right, Rgb24 Middle)
{
    /// <summary>Blue left, orange right, light middle: the usual one, for true poses.</summary>
    public static SkeletonColours Usual { get; } = new(new(70, 160, 255), new(255, 140, 30), new(235, 235, 235));

    /// <summary>Paler colours, for a second skeleton in the same picture.</summary>
    public static SkeletonColours Pale { get; } = new(new(150, 225, 190), new(240, 130, 190), new(190, 190, 120));

    /// <summary>For white paper.</summary>
    public static SkeletonColours OnWhite { get; } = new(new(30, 100, 200), new(220, 100, 0), new(70, 70, 70));
}

/// <summary>
/// Draws skeletons of 17 joints into pictures. A pose is 51 values: camera space (x right, y down, z forward) minus the
/// pelvis, mm, as packs store it.
/// </summary>
public static class SkeletonPainter
{
    /// <summary>What a view shows, mm across and down.</summary>
    internal const double ViewMillimetres = 2100;

    /// <summary>Where the pelvis lies in a view, from its top as a share of its height.</summary>
    internal const double PelvisHeight = .46;

    /// <summary>
    /// Draws a pose over its image. <paramref name="area"/> is where the 128 x 128 image lies, enlarged, in the
    /// picture; <paramref name="crop"/> says which part of the view it shows.
    /// </summary>
    public static void DrawOverImage(
        Image<Rgb24> picture, Rectangle area, ReadOnlySpan<float> pose, in CropGeometry crop,
        SkeletonColours? colours = null, double width = 2)
    {
        Span<Point2> points = stackalloc Point2[Skeleton.JointCount];
        var scale = (double)area.Width / CropGeometry.Pixels;
        for (var j = 0; j < points.Length; j++)
        {
            var (x, y) = crop.Project(JointOf(pose, j));
            points[j] = new Point2(area.X + (x * scale), area.Y + (y * scale));
        }

        DrawBones(picture, area, points, colours ?? SkeletonColours.Usual, width);
    }

    /// <summary>
    /// Draws a pose as seen from around the person, without perspective: azimuth 0 is the camera's own view, 90 looks
    /// from the camera's left, degrees. The area shows 2.1 m, or what <paramref name="millimetres"/> says.
    /// </summary>
    public static void DrawView(
        Image<Rgb24> picture, Rectangle area, ReadOnlySpan<float> pose, double azimuth, SkeletonColours? colours = null,
        double width = 2, double millimetres = ViewMillimetres)
    {
        Span<Point2> points = stackalloc Point2[Skeleton.JointCount];
        var (sine, cosine) = Math.SinCos(azimuth * Math.PI / 180);
        var scale = Math.Min(area.Width, area.Height) / millimetres;
        for (var j = 0; j < points.Length; j++)
        {
            var p = JointOf(pose, j);
            var across = (cosine * p.X) - (sine * p.Z);
            // The pelvis lies a little above the middle: legs are longer than the trunk.
            points[j] = new Point2(
                area.X + (area.Width / 2.0) + (across * scale), area.Y + (PelvisHeight * area.Height) + (p.Y * scale));
        }

        DrawBones(picture, area, points, colours ?? SkeletonColours.OnWhite, width);
    }

    /// <summary>Copies a 128 x 128 image (RGB bytes) into an area, enlarged without smoothing.</summary>
    public static void DrawImage(Image<Rgb24> picture, Rectangle area, ReadOnlySpan<byte> rgb)
    {
        for (var y = Math.Max(0, area.Top); y < Math.Min(area.Bottom, picture.Height); y++)
        {
            var sourceRow = (y - area.Top) * CropGeometry.Pixels / area.Height * CropGeometry.Pixels;
            for (var x = Math.Max(0, area.Left); x < Math.Min(area.Right, picture.Width); x++)
            {
                var at = 3 * (sourceRow + ((x - area.Left) * CropGeometry.Pixels / area.Width));
                picture[x, y] = new Rgb24(rgb[at], rgb[at + 1], rgb[at + 2]);
            }
        }
    }

    private static Vec3 JointOf(ReadOnlySpan<float> pose, int joint)
        => new(pose[3 * joint], pose[(3 * joint) + 1], pose[(3 * joint) + 2]);

    private static void DrawBones(
        Image<Rgb24> picture, Rectangle area, ReadOnlySpan<Point2> points, SkeletonColours colours, double width)
    {
        for (var j = 1; j < points.Length; j++)
        {
            var from = points[Skeleton.Parents[j]];
            var colour = ColourOf(j, colours);
            Strokes.Line(picture, area, from.X, from.Y, points[j].X, points[j].Y, width, colour);
        }

        for (var j = 0; j < points.Length; j++)
        {
            var p = points[j];
            Strokes.Line(picture, area, p.X, p.Y, p.X, p.Y, 2 * width, ColourOf(j, colours));
        }
    }

    private static Rgb24 ColourOf(int joint, SkeletonColours colours)
        => Skeleton.IsLeft(joint) ? colours.Left : Skeleton.IsRight(joint) ? colours.Right : colours.Middle;

    private readonly record struct Point2(double X, double Y);
}
