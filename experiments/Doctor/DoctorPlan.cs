namespace PoseEngine.Experiments.Doctor;

/// <summary>What the doctor looks at.</summary>
/// <param name="Active">Samples of the active set; null takes 128, fewer where they have many rows or the data are few.</param>
/// <param name="Steps">Steps of the forgetting matrix, each on an active set of its own.</param>
/// <param name="Eta">eta of Eq. 5.</param>
/// <param name="Delta">The damping of the damped step, relative to the mean diagonal of S; 0 for none.</param>
/// <param name="Batch">Samples of the minibatch of the gradient at the most.</param>
/// <param name="Pairs">Row pairs to tell.</param>
internal sealed record DoctorPlan(int? Active, int Steps, double Eta, double Delta, int Batch, int Pairs, long Seed)
{
    /// <summary>Constraint rows of the active set at the most: the time of their eigenvectors grows with the third power, and is half a minute here.</summary>
    public const int MostRows = 2048;

    /// <summary>Rows up to which an active set grows by itself.</summary>
    public const int UsualRows = 768;

    /// <summary>Held-back samples at the most that tell what steps do to everything else, evenly spaced.</summary>
    public const int MostOthers = 512;

    private const int UsualActive = 128;

    /// <summary>The lengths that a step is tried at, as shares of it, the whole one first.</summary>
    public static IReadOnlyList<double> Lengths { get; } = [1, 1 / 2.0, 1 / 4.0, 1 / 8.0, 1 / 16.0];

    /// <summary>The kinds of steps that are tried once.</summary>
    public IEnumerable<StepKind> Tried => [StepKind.Gradient, StepKind.Soft, StepKind.Hard, .. Damped, StepKind.Correction];

    /// <summary>The kinds of steps that have a forgetting matrix.</summary>
    public IEnumerable<StepKind> Repeated => [StepKind.Hard, .. Damped, StepKind.Soft];

    private IEnumerable<StepKind> Damped => Delta > 0 ? [StepKind.Damped(Delta)] : [];

    /// <summary>The samples of the active set, and those of each step's set, which are disjoint.</summary>
    /// <param name="samples">The samples of C.</param>
    /// <param name="each">Rows of a sample.</param>
    /// <exception cref="UserErrorException">There are not so many, or they have too many rows.</exception>
    public (int Active, int Set) Sizes(int samples, int each)
    {
        if (Active is { } asked && asked > samples) throw new UserErrorException($"--active {asked}: there are only {samples} samples under constraints; take fewer");
        if (Active * (long)each > MostRows) throw new UserErrorException($"--active {Active}: {Active * (long)each} constraint rows, at most {MostRows} are taken apart; take --active {Math.Max(MostRows / each, 1)} or fewer");
        if (each > MostRows) throw new UserErrorException($"a sample has {each} constraint rows, at most {MostRows} are taken apart");
        if (Steps > samples) throw new UserErrorException($"--steps {Steps}: each step has samples of its own, and there are only {samples} under constraints; take fewer steps");
        var active = Active ?? Math.Min(Math.Min(UsualActive, samples), Math.Max(UsualRows / each, 1));
        return (active, Math.Min(active, samples / Steps));
    }
}

/// <summary>A kind of step.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Title">Its name in tables and figures.</param>
/// <param name="Meaning">What it is.</param>
internal sealed record StepKind(string Key, string Title, string Meaning)
{
    public const string DampedKey = "damped";

    public static StepKind Gradient { get; } = new("gradient", "gradient alone", "-g / η, no constraint");
    public static StepKind Soft { get; } = new("soft", "soft", "a gradient step on Eq. 3 with λ = η / (2 s), s the largest eigenvalue of S: the greatest that a step of 1 / η bears");
    public static StepKind Hard { get; } = new("hard", "hard", "Eq. 5 as printed");
    public static StepKind Correction { get; } = new("correction", "correction alone", "the shortest step that meets the linearized constraints, whatever the loss");

    public static StepKind Damped(double delta) => new(DampedKey, $"damped, δ = {Num.Setting(delta)}", "Eq. 5 with -δ s / η on the diagonal of its second block, s the mean diagonal of S");
}
