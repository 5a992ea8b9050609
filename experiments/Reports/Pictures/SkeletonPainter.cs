using SkiaSharp;

namespace PoseEngine.Experiments.Reports;

/// <summary>The colours of a drawn skeleton, 0xRRGGBB; left and right are the person's.</summary>
internal sealed record SkeletonColours(uint Left, uint Right, uint Middle)
{
    /// <summary>Blue left, orange right, light middle: the usual one, for true poses.</summary>
    public static SkeletonColours Usual { get; } = new(0x46A0FF, 0xFF8C1E, 0xEBEBEB);

    /// <summary>Paler colours, for a second skeleton in the same picture.</summary>
    public static SkeletonColours Pale { get; } = new(0x96E1BE, 0xF082BE, 0xBEBE78);

    public static SkeletonColours OnWhite { get; } = new(0x1E64C8, 0xDC6400, 0x464646);
}

/// <summary>Draws skeletons of 17 joints into pictures. A pose is 51 values: camera space (x right, y down, z forward) minus the pelvis,
/// mm, as packs store it.</summary>
internal static class SkeletonPainter
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
        Sheet sheet, SKRectI area, ReadOnlySpan<float> pose, in CropGeometry crop, SkeletonColours? colours = null, double width = 2)
    {
        Span<(double X, double Y)> points = stackalloc (double, double)[Skeleton.JointCount];
        var scale = (double)area.Width / CropGeometry.Pixels;
        for (var j = 0; j < points.Length; j++)
        {
            var (x, y) = crop.Project(JointOf(pose, j));
            points[j] = (area.Left + (x * scale), area.Top + (y * scale));
        }
        DrawBones(sheet, area, points, colours ?? SkeletonColours.Usual, width);
    }

    /// <summary>
    /// Draws a pose as seen from around the person, without perspective: azimuth 0 is the camera's own view, 90 looks
    /// from the camera's left, degrees. The area shows 2.1 m, or what <paramref name="millimetres"/> says.
    /// </summary>
    public static void DrawView(
        Sheet sheet, SKRectI area, ReadOnlySpan<float> pose, double azimuth, SkeletonColours? colours = null, double width = 2,
        double millimetres = ViewMillimetres)
    {
        Span<(double X, double Y)> points = stackalloc (double, double)[Skeleton.JointCount];
        var (sine, cosine) = Math.SinCos(azimuth * Math.PI / 180);
        var scale = Math.Min(area.Width, area.Height) / millimetres;
        for (var j = 0; j < points.Length; j++)
        {
            var p = JointOf(pose, j);
            var across = (cosine * p.X) - (sine * p.Z);
            // The pelvis lies a little above the middle: legs are longer than the trunk.
            points[j] = (area.MidX() + (across * scale), area.Top + (PelvisHeight * area.Height) + (p.Y * scale));
        }
        DrawBones(sheet, area, points, colours ?? SkeletonColours.OnWhite, width);
    }

    private static double MidX(this SKRectI area) => area.Left + (area.Width / 2.0);

    private static Vec3 JointOf(ReadOnlySpan<float> pose, int joint) => new(pose[3 * joint], pose[(3 * joint) + 1], pose[(3 * joint) + 2]);

    private static void DrawBones(Sheet sheet, SKRectI area, ReadOnlySpan<(double X, double Y)> points, SkeletonColours colours, double width)
    {
        for (var j = 1; j < points.Length; j++)
        {
            var from = points[Skeleton.Parents[j]];
            sheet.Line(area, from.X, from.Y, points[j].X, points[j].Y, width, ColourOf(j, colours));
        }
        for (var j = 0; j < points.Length; j++) sheet.Line(area, points[j].X, points[j].Y, points[j].X, points[j].Y, 2 * width, ColourOf(j, colours));
    }

    private static uint ColourOf(int joint, SkeletonColours colours)
        => Skeleton.IsLeft(joint) ? colours.Left : Skeleton.IsRight(joint) ? colours.Right : colours.Middle;
}
