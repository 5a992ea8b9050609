namespace PoseEngine.Experiments.Data;

public static class WalkerMaker
{
    public static void Make(WalkerSettings settings, string folder, IProgress<(long Done, long Total)>? progress = null, CancellationToken token = default)
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

    internal static Take[] Takes(WalkerSettings settings, CancellationToken token)
    {
        var sequences = FrameSchedule.For(settings).Sequences;
        var takes = new Take[sequences.Count];
        InParallel.Run(settings.Threads, options => Parallel.For(0, takes.Length, options, i => takes[i] = Film(sequences[i], settings.Seed)), token);
        return takes;
    }

    private static Take Film(FrameSchedule.Sequence sequence, ulong seed)
    {
        var subject = sequence.Subject;
        int[] numbers = [.. Enumerable.Range(0, sequence.Count).Select(sequence.Frame)];
        // The motion depends on all that came before, so it is made up to the last frame that is needed.
        var clip = Walker.Walk(subject, sequence.Trial, numbers[^1] + 1, seed);
        return new Take(subject.Name, (ulong)subject.Number, sequence.Trial, "walker", subject.Look, [.. numbers.Select(n => clip.Frames[n])], numbers);
    }
}

/// <summary>What decides the content of a pack of walkers, and the number of threads that make it, which does not.</summary>
public sealed record WalkerSettings
{
    /// <summary>Goes up whenever the same settings would give other images; caches depend on it.</summary>
    public const int GeneratorVersion = 1;

    public IReadOnlyList<string> Subjects { get; init; } = [.. WalkerSubject.All.Select(s => s.Name)];

    /// <summary>Divides the frames of each sequence; 1 gives the 162,008 images of the paper.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>At most so many images, shared out over subjects and trials; a multiple of four is used.</summary>
    public int? MaximumImages { get; init; }

    /// <summary>0 (easiest) to 1; see <see cref="ImageConditions.Draw"/>.</summary>
    public double Difficulty { get; init; } = ImageConditions.DefaultDifficulty;

    public ulong Seed { get; init; } = 1;
    public int Threads { get; init; }

    public void Validate()
    {
        if (Subjects.Count == 0)
            throw new UserErrorException($"no subject is named: name some of {string.Join(", ", WalkerSubject.All.Select(s => s.Name))}");
        var numbers = Subjects.Select(name => WalkerSubject.Named(name).Number).ToList();
        if (numbers.Distinct().Count() < numbers.Count)
            throw new UserErrorException($"subjects {string.Join(", ", Subjects)} name one twice: name each once");
        if (!(Scale >= 1) || !double.IsFinite(Scale))
            throw new UserErrorException($"scale {Scale} is below 1: give 1 for all images, k for a k-th of them");
        if (!(Difficulty is >= 0 and <= 1)) throw new UserErrorException($"difficulty {Difficulty} is outside 0 to 1: give a value between");
        if (MaximumImages < StudioCameras.Count)
            throw new UserErrorException($"at most {MaximumImages} images are asked for: four cameras need at least {StudioCameras.Count}");
        if (Threads is < 0 or > 1024) throw new UserErrorException($"{Threads} threads are outside 0 to 1024: give 0 for one per processor");
    }

    internal string Identity() =>
        $"walker v{GeneratorVersion} seed {Seed} scale {Scale:R} max {MaximumImages} difficulty {Difficulty:R} subjects {string.Join(' ', Subjects.Select(WalkerSubject.Named).OrderBy(s => s.Number).Select(s => s.Name))}";
}

/// <summary>Which frames of the walking sequences become images. Fewer images mean larger steps in time over all of each sequence, not
/// shorter sequences, so that the variety of poses and places stays.</summary>
public sealed class FrameSchedule
{
    private FrameSchedule(IReadOnlyList<Sequence> sequences) => Sequences = sequences;

    public readonly record struct Sequence(WalkerSubject Subject, int Trial, int Length, int Count)
    {
        public int Frame(int index) => (int)((long)index * Length / Count);
    }

    public IReadOnlyList<Sequence> Sequences { get; }
    public int ImageCount => StudioCameras.Count * Sequences.Sum(s => s.Count);

    public static FrameSchedule For(WalkerSettings settings)
    {
        settings.Validate();
        var sequences = settings.Subjects.Select(WalkerSubject.Named).OrderBy(subject => subject.Number)
            .SelectMany(subject => subject.FrameCounts.Select((length, i) => new Sequence(subject, i + 1, length, Math.Max(1, (int)(length / settings.Scale))))).ToList();
        var frames = (settings.MaximumImages ?? int.MaxValue) / StudioCameras.Count;
        return new FrameSchedule(sequences.Sum(s => s.Count) <= frames ? sequences : Shortened(sequences, frames));
    }

    /// <summary>Shares out a number of frames in proportion, largest remainders first, so that the sum is exact.</summary>
    private static List<Sequence> Shortened(List<Sequence> sequences, int frames)
    {
        var all = sequences.Sum(s => (long)s.Count);
        var shares = sequences.Select(s => ((long)s.Count * frames / all, (long)s.Count * frames % all)).ToArray();
        var missing = frames - (int)shares.Sum(s => s.Item1);
        var favoured = Enumerable.Range(0, shares.Length).OrderByDescending(i => shares[i].Item2).ThenBy(i => i).Take(missing).ToHashSet();
        return [.. sequences.Select((s, i) => s with { Count = (int)shares[i].Item1 + (favoured.Contains(i) ? 1 : 0) }).Where(s => s.Count > 0)];
    }
}
