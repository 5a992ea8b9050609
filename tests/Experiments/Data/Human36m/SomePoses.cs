using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>People of the data set's proportions who walk through the studio: 32 joints, world, mm.</summary>
internal static class SomePoses
{
    /// <summary>The place of each of the 17 joints among the 32.</summary>
    public static readonly int[] Places = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27];

    /// <summary>The joints that lie where another one is, as in the data set.</summary>
    private static readonly (int Joint, int Same)[] Twins =
        [(4, 3), (5, 3), (9, 8), (10, 8), (11, 0), (16, 13), (24, 13), (20, 19), (21, 19), (22, 19), (23, 19), (28, 27), (29, 27), (30, 27), (31, 27)];

    /// <summary>The 32 joints of each frame.</summary>
    public static Vec3[][] World(int frames, ulong seed = 3)
    {
        var random = new RandomGenerator(seed);
        var heading = random.NextUniform(0, 2 * Math.PI);
        var start = new Vec3(random.NextUniform(-800, 800), random.NextUniform(-500, 900), 940);
        return [.. Enumerable.Range(0, frames).Select(frame => Pose(start, heading, 0.3 * frame))];
    }

    /// <summary>The same seen by a camera.</summary>
    public static Vec3[][] Seen(Vec3[][] world, int subject, int camera)
    {
        var place = CameraTable.For(subject, camera);
        return [.. world.Select(pose => pose.Select(place.ToCamera).ToArray())];
    }

    /// <summary>All coordinates, one after the other, times a factor.</summary>
    public static double[] Flat(IEnumerable<Vec3[]> poses, double factor = 1)
        => [.. poses.SelectMany(pose => pose.SelectMany(p => new[] { factor * p.X, factor * p.Y, factor * p.Z }))];

    /// <summary>The usual 17 of the 32 joints.</summary>
    public static Vec3[][] Seventeen(IEnumerable<Vec3[]> poses) => [.. poses.Select(pose => Places.Select(place => pose[place]).ToArray())];

    private static Vec3[] Pose(Vec3 start, double heading, double phase)
    {
        var forward = new Vec3(Math.Cos(heading), Math.Sin(heading), 0);
        var right = new Vec3(forward.Y, -forward.X, 0);
        var up = new Vec3(0, 0, 1);
        var pelvis = start + (phase * 60 * forward);
        Vec3 Swing(double angle) => (Math.Sin(angle) * forward) - (Math.Cos(angle) * up);
        var joints = new Vec3[17];
        joints[0] = pelvis;
        for (var side = 0; side < 2; side++)
        {
            // Right first; arms swing against legs, knees bend backwards below and elbows forwards.
            var sign = side == 0 ? 1 : -1;
            var swing = 0.35 * sign * Math.Sin(phase);
            var (hip, shoulder) = (1 + (3 * side), 14 - (3 * side));
            joints[hip] = pelvis + (sign * 132.95 * right);
            joints[hip + 1] = joints[hip] + (442.89 * Swing(swing + 0.15));
            joints[hip + 2] = joints[hip + 1] + (454.21 * Swing(swing - 0.25));
            joints[8] = pelvis + (490.58 * up);
            joints[shoulder] = joints[8] + (151.03 * ((sign * 0.98 * right) - (Math.Sqrt(1 - (0.98 * 0.98)) * up)));
            joints[shoulder + 1] = joints[shoulder] + (278.88 * Swing(-swing));
            joints[shoulder + 2] = joints[shoulder + 1] + (251.73 * Swing(0.5 - swing));
        }

        joints[7] = pelvis + (233.5 * up);
        joints[9] = joints[8] + (121.13 * ((0.6 * forward) + (0.8 * up)));
        joints[10] = joints[9] + (115 * ((-0.3 * forward) + (Math.Sqrt(1 - 0.09) * up)));
        var all = new Vec3[32];
        for (var j = 0; j < joints.Length; j++) all[Places[j]] = joints[j];
        foreach (var (joint, same) in Twins) all[joint] = all[same];
        return all;
    }
}
