using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Experiments.Problems;

/// <summary>The folder of the pack that settings name: as it is, or drawn into the cache.</summary>
internal static class PackFolder
{
    public static string Of(DataSettings settings, DataAccess access)
    {
        if (settings.Pack is { } pack) return pack;
        var cache = new PackCache(access.Cache);
        if (settings.Motion is { } motion) return Drawn(cache, motion, settings, access);
        var walkers = new WalkerSettings { MaximumImages = settings.Images, Difficulty = settings.Difficulty, Seed = (ulong)settings.Seed, Threads = access.Threads };
        return cache.GetOrMake(walkers, access.Progress("making walker images"), access.Token);
    }

    private static string Drawn(PackCache cache, string folder, DataSettings settings, DataAccess access)
    {
        var clips = BvhMotion.Import(folder, new BvhOptions { Seed = (ulong)settings.Seed });
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.bvh") : [folder];
        var identity = string.Join('\n', files.Order(StringComparer.Ordinal).Select(file => $"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file).Ticks}"));
        return cache.GetOrMake($"motion {settings.Seed} {settings.Difficulty:R}\n{identity}", "motion", target => MotionMaker.Make(
            [.. clips.Select(clip => clip.Clip)], new MotionSettings { Difficulty = settings.Difficulty, Seed = (ulong)settings.Seed, Threads = access.Threads }, target,
            access.Progress("drawing motion"), access.Token), access.Token);
    }
}
