using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

/// <summary>
/// The renderer's oracle: a tapered capsule is the union of spheres along its axis, so the depth of a ray is the
/// smallest over all of them. In float64, by sampling and refinement, sharing no formula with the renderer.
/// </summary>
internal static class BruteForce
{
    private const int Samples = 48;

    /// <summary>The depth at which the ray (x, y, 1) first meets a capsule; infinite if it meets none.</summary>
    public static double Depth(Capsule[] body, Camera camera, double x, double y)
    {
        var best = double.PositiveInfinity;
        foreach (var capsule in body)
        {
            var (a, b) = (camera.ToCamera(capsule.Start), camera.ToCamera(capsule.End));
            if (Misses(a, b, Math.Max(capsule.StartRadius, capsule.EndRadius), x, y)) continue;
            best = Math.Min(best, Depth(a, b, capsule, new Vec3(x, y, 1)));
        }

        return best;
    }

    public static bool Inside(Capsule capsule, Vec3 point)
        => Enumerable.Range(0, 101).Any(i =>
        {
            var share = i / 100.0;
            var radius = capsule.StartRadius + (share * (capsule.EndRadius - capsule.StartRadius));
            return (capsule.Start + (share * (capsule.End - capsule.Start)) - point).Length < radius;
        });

    private static double Depth(Vec3 a, Vec3 b, Capsule capsule, Vec3 ray)
    {
        double At(double share)
        {
            var centre = a + (share * (b - a));
            var radius = capsule.StartRadius + (share * (capsule.EndRadius - capsule.StartRadius));
            var (rr, rc) = (Vec3.Dot(ray, ray), Vec3.Dot(ray, centre));
            var discriminant = (rc * rc) - (rr * (Vec3.Dot(centre, centre) - (radius * radius)));
            return discriminant < 0 ? double.PositiveInfinity : (rc - Math.Sqrt(discriminant)) / rr;
        }

        var best = Enumerable.Range(0, Samples + 1).MinBy(i => At(i / (double)Samples)) / (double)Samples;
        var (step, depth) = (1.0 / Samples, At(best));
        for (var i = 0; i < 24; i++, step /= 2)
        {
            foreach (var share in (double[])[best - step, best + step])
            {
                if (share is < 0 or > 1 || !(At(share) < depth)) continue;
                (best, depth) = (share, At(share));
            }
        }

        return depth;
    }

    /// <summary>Whether a ray passes the bounding sphere of a capsule at a distance.</summary>
    private static bool Misses(Vec3 a, Vec3 b, double radius, double x, double y)
    {
        var middle = .5 * (a + b);
        var ray = new Vec3(x, y, 1).Normalized();
        return Vec3.Cross(middle, ray).Length > radius + (.5 * (b - a).Length);
    }
}
