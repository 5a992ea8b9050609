namespace PoseEngine.Experiments.Data;

/// <summary>Makes packs of the seven walkers.</summary>
public static class WalkerMaker
{
    /// <summary>Makes the pack that settings describe in a folder that does not exist yet.</summary>
    public static void Make(
        WalkerSettings settings, string folder, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken token = default)
    {
        var schedule = FrameSchedule.For(settings);
        DiskSpace.Require(folder, (long)schedule.ImageCount * PackFiles.BytesPerImage);
        var description = new PackDescription(
            "walker", WalkerSettings.GeneratorVersion, settings.Seed, settings.Scale, settings.Difficulty,
            [.. settings.Subjects], schedule.ImageCount);
        PackWriter.Write(folder, Source(settings, token), description, settings.Threads, progress, token);
    }

    /// <summary>The images of such a pack without the pack, for those who need a few.</summary>
    public static IPackSource Source(WalkerSettings settings, CancellationToken token = default)
        => new SceneSource(Takes(settings, token), settings.Difficulty, settings.Seed);

    /// <summary>The walks that settings name.</summary>
    internal static Take[] Takes(WalkerSettings settings, CancellationToken token)
    {
        var sequences = FrameSchedule.For(settings).Sequences;
        var takes = new Take[sequences.Count];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = settings.Threads > 0 ? settings.Threads : Environment.ProcessorCount,
            CancellationToken = token,
        };
        Parallel.For(0, takes.Length, options, i => takes[i] = Film(sequences[i], settings.Seed));
        return takes;
    }

    private static Take Film(FrameSchedule.Sequence sequence, ulong seed)
    {
        var subject = sequence.Subject;
        int[] numbers = [.. Enumerable.Range(0, sequence.Count).Select(sequence.Frame)];
        // The motion depends on all that came before, so it is made up to the last frame that is needed.
        var clip = Walker.Walk(subject, sequence.Trial, numbers[^1] + 1, seed);
        return new Take(
            subject.Name, (ulong)subject.Number, sequence.Trial, "walker", subject.Look,
            [.. numbers.Select(n => clip.Frames[n])], numbers);
    }
}
