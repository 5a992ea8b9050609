namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The camera turned so that the middle of a crop lies straight ahead: a crop looks as if it had been taken by it, so poses in its
/// axes do not depend on where in the picture a person stood. The image is not resampled for it: towards its borders it differs from one
/// that was really taken so by a few pixels.</summary>
internal static class VirtualCamera
{
    /// <summary>Turns a pose in place, and gives its crop in the turned camera's space.</summary>
    /// <param name="crop">The crop in the real camera's space.</param>
    /// <param name="pose">17 x 3, mm, minus the pelvis.</param>
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
