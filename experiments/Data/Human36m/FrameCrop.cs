namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Which part of a frame becomes an image.</summary>
internal readonly record struct FrameCrop(PixelBox Box, CropGeometry Crop)
{
    private const double JointMargin = 1.2;

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

/// <summary>The camera turned so that the middle of a crop lies straight ahead: a crop looks as if it had been taken by it, so poses in its
/// axes do not depend on where in the picture a person stood. The image is not resampled for it: towards its borders it differs from one
/// that was really taken so by a few pixels.</summary>
internal static class VirtualCamera
{
    /// <summary>Turns a pose in place, and gives its crop in the turned camera's space.</summary>
    public static CropGeometry Turn(in CropGeometry crop, Span<float> pose)
    {
        var half = crop.Size / 2;
        var middle = crop.Root + new Vec3(crop.Left + half, crop.Top + half, 0);
        var forward = middle.Normalized();
        var right = (new Vec3(1, 0, 0) - (forward.X * forward)).Normalized();
        var down = Vec3.Cross(forward, right);
        Vec3 Turned(Vec3 point) => new(Vec3.Dot(right, point), Vec3.Dot(down, point), Vec3.Dot(forward, point));
        for (var at = 0; at < pose.Length; at += 3)
        {
            var joint = Turned(new Vec3(pose[at], pose[at + 1], pose[at + 2]));
            (pose[at], pose[at + 1], pose[at + 2]) = ((float)joint.X, (float)joint.Y, (float)joint.Z);
        }
        var root = Turned(crop.Root);
        // The same angle of view, measured at the depth that the pelvis has now.
        var size = crop.Size * root.Z / middle.Length;
        return new CropGeometry(root, (-size / 2) - root.X, (-size / 2) - root.Y, size);
    }
}
