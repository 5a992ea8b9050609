namespace PoseEngine.Experiments.Data;

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
