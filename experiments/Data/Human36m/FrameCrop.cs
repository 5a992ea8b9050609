namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Which part of a frame becomes an image.</summary>
/// <param name="Box">Pixels of the frame.</param>
/// <param name="Crop">The same as a pack stores it.</param>
internal readonly record struct FrameCrop(PixelBox Box, CropGeometry Crop)
{
    private const double JointMargin = 1.2;

    /// <summary>The crop of a pose.</summary>
    /// <param name="root">The pelvis in camera space, mm.</param>
    /// <param name="pose">17 x 3, mm, minus the pelvis.</param>
    public static FrameCrop Of(CropKind kind, Camera camera, Vec3 root, ReadOnlySpan<float> pose)
        => kind == CropKind.Metric ? Metric(camera, CropGeometry.Around(root)) : AroundJoints(camera, root, pose);

    private static FrameCrop Metric(Camera camera, CropGeometry crop)
    {
        var (left, top) = camera.Project(crop.Root + new Vec3(crop.Left, crop.Top, 0));
        var box = new PixelBox(left, top, camera.Focal.X * crop.Size / crop.Root.Z, camera.Focal.Y * crop.Size / crop.Root.Z);
        return new FrameCrop(box, crop);
    }

    private static FrameCrop AroundJoints(Camera camera, Vec3 root, ReadOnlySpan<float> pose)
    {
        var (left, right, top, bottom) = (double.MaxValue, double.MinValue, double.MaxValue, double.MinValue);
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            var (u, v) = camera.Project(root + new Vec3(pose[3 * j], pose[(3 * j) + 1], pose[(3 * j) + 2]));
            (left, right, top, bottom) = (Math.Min(left, u), Math.Max(right, u), Math.Min(top, v), Math.Max(bottom, v));
        }

        var side = JointMargin * Math.Max(right - left, bottom - top);
        var box = new PixelBox(((left + right) - side) / 2, ((top + bottom) - side) / 2, side, side);
        // Back to millimetres at the depth of the pelvis; the two focal lengths differ by a thousandth.
        var crop = new CropGeometry(
            root, ((box.Left - camera.Principal.X) * root.Z / camera.Focal.X) - root.X,
            ((box.Top - camera.Principal.Y) * root.Z / camera.Focal.Y) - root.Y, side * root.Z / camera.Focal.X);
        return new FrameCrop(box, crop);
    }
}
