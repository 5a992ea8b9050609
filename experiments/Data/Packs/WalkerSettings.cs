namespace PoseEngine.Experiments.Data;

/// <summary>What decides the content of a pack of walkers, and the number of threads that make it, which does not.</summary>
public sealed record WalkerSettings
{
    /// <summary>Goes up whenever the same settings would give other images; caches depend on it.</summary>
    public const int GeneratorVersion = 1;

    /// <summary>Which of S1, S5, S6, S7, S8, S9, S11 walk.</summary>
    public IReadOnlyList<string> Subjects { get; init; } = [.. WalkerSubject.All.Select(s => s.Name)];

    /// <summary>Divides the frames of each sequence; 1 gives the 162,008 images of the paper.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>At most so many images, shared out over subjects and trials; a multiple of four is used.</summary>
    public int? MaximumImages { get; init; }

    /// <summary>0 (easiest) to 1; see <see cref="ImageConditions.Draw"/>.</summary>
    public double Difficulty { get; init; } = ImageConditions.DefaultDifficulty;

    public ulong Seed { get; init; } = 1;

    /// <summary>0 for one per processor.</summary>
    public int Threads { get; init; }

    public void Validate()
    {
        if (Subjects.Count == 0)
            throw new UserErrorException($"no subject is named: name some of {string.Join(", ", WalkerSubject.All.Select(s => s.Name))}");
        var numbers = Subjects.Select(name => WalkerSubject.Named(name).Number).ToList();
        if (numbers.Distinct().Count() < numbers.Count)
            throw new UserErrorException($"subjects {string.Join(", ", Subjects)} name one twice: name each once");
        if (!(Scale >= 1) || !double.IsFinite(Scale))
            throw new UserErrorException(Invariant($"scale {Scale} is below 1: give 1 for all images, k for a k-th of them"));
        if (!(Difficulty is >= 0 and <= 1))
            throw new UserErrorException(Invariant($"difficulty {Difficulty} is outside 0 to 1: give a value between"));
        if (MaximumImages < StudioCameras.Count)
            throw new UserErrorException($"at most {MaximumImages} images are asked for: four cameras need at least {StudioCameras.Count}");
        if (Threads is < 0 or > 1024)
            throw new UserErrorException($"{Threads} threads are outside 0 to 1024: give 0 for one per processor");
    }

    /// <summary>A text that differs for settings that give different packs.</summary>
    internal string Identity() => Invariant(
        $"walker v{GeneratorVersion} seed {Seed} scale {Scale:R} max {MaximumImages} difficulty {Difficulty:R} subjects {string.Join(' ', Subjects.Select(WalkerSubject.Named).OrderBy(s => s.Number).Select(s => s.Name))}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
