using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Experiments.Problems;

/// <summary>The folder of the pack that settings name: as it is, or drawn into the cache.</summary>
internal static class PackFolder
{
    /// <summary>The folder; walkers and motions are drawn first where the cache has none.</summary>
    public static string Of(DataSettings settings, string? cacheFolder, int threads, Func<string, IProgress<(long Done, long Total)>> progress, CancellationToken token)
    {
        if (settings.Pack is { } pack) return pack;
        var cache = new PackCache(cacheFolder);
        if (settings.Motion is { } motion) return Drawn(cache, motion, settings, threads, progress, token);
        var walkers = new WalkerSettings
        {
            MaximumImages = settings.Images,
            Difficulty = settings.Difficulty,
            Seed = (ulong)settings.Seed,
            Threads = threads,
        };
        return cache.GetOrMake(walkers, progress("making walker images"), token);
    }

    private static string Drawn(PackCache cache, string folder, DataSettings settings, int threads, Func<string, IProgress<(long Done, long Total)>> progress, CancellationToken token)
    {
        var clips = BvhMotion.Import(folder, new BvhOptions { Seed = (ulong)settings.Seed });
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.bvh") : [folder];
        var identity = string.Join('\n', files.Order(StringComparer.Ordinal).Select(file => $"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file).Ticks}"));
        return cache.GetOrMake($"motion {settings.Seed} {settings.Difficulty:R}\n{identity}", "motion", target => MotionMaker.Make(
            [.. clips.Select(clip => clip.Clip)], new MotionSettings { Difficulty = settings.Difficulty, Seed = (ulong)settings.Seed, Threads = threads }, target,
            progress("drawing motion"), token), token);
    }
}
