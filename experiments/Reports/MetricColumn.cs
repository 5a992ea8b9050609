namespace PoseEngine.Experiments.Reports;

/// <summary>A metric as tables, figures and pages write it.</summary>
/// <param name="Unit">The unit, or "".</param>
/// <param name="Decimals">Decimals of a value; null for three significant digits, where its size is not known.</param>
internal sealed record MetricColumn(string Title, string Short, string Unit, int? Decimals, string Meaning)
{
    public string Head => $"{Short} {Unit}".TrimEnd();
    public string Text(double value) => Decimals is { } decimals ? Num.Fixed(value, decimals) : Num.Short(value);
    public string Text(Spread spread) => spread.Text(Text);
    public string WithUnit(double value) => $"{Text(value)} {Unit}".TrimEnd();
    public string WithUnit(Spread spread) => $"{Text(spread)} {Unit}".TrimEnd();
}

/// <summary>What reports call the things of a problem.</summary>
/// <param name="Unit">The unit of the targets, or "".</param>
/// <param name="IsPose">Whether outputs are the joints of a person.</param>
/// <param name="Published">Figures of others.</param>
internal sealed record ProblemWords(string Unit, IReadOnlyList<string> Constraints, string Error, bool IsPose, IReadOnlyList<PublishedFigures> Published)
{
    private const string Key = "words";

    /// <summary>Those of the built-in problem, and of runs that name none.</summary>
    public static ProblemWords Pose { get; } = Of(ProblemFile.Read(BuiltInProblems.Pose));

    public static ProblemWords Of(ProblemSpec spec) => new(
        spec.Unit, spec.ConstraintNames,
        spec.IsPose ? $"mean Euclidean distance of the {spec.Points.Count} predicted joints from the true ones"
            : spec.Objective is { } objective ? $"mean of {objective}"
            : spec.Points.Count > 0 ? $"mean Euclidean distance of the {spec.Points.Count} predicted points from the true ones"
            : "root of the mean square error of all outputs",
        spec.IsPose, spec.Published);

    /// <summary>The words that a run or a sweep was written with.</summary>
    public static ProblemWords From(JsonObject settings)
    {
        try
        {
            return settings[Key]?.Deserialize<ProblemWords>(RunJson.Line) is { Constraints: not null, Unit: not null, Error: not null } words ? words with { Published = words.Published ?? [] } : Pose;
        }
        catch (JsonException)
        {
            return Pose;
        }
    }

    /// <summary>Writes them into the settings of a run; the built-in problem needs none.</summary>
    public void WriteTo(JsonObject settings)
    {
        if (this == Pose) return;
        settings[Key] = JsonSerializer.SerializeToNode(this, RunJson.Line);
    }

    /// <summary>Whether they are the same words.</summary>
    public bool Equals(ProblemWords? other)
        => other is not null && Unit == other.Unit && Error == other.Error && IsPose == other.IsPose && Constraints.SequenceEqual(other.Constraints) && Published.Count == other.Published.Count;

    public override int GetHashCode() => HashCode.Combine(Unit, Error, Constraints.Count);
}

/// <summary>The metrics that reports name one by one, in the words of the problem at hand, which flow with the call: a command or a report
/// sets them once with <see cref="Use"/>.</summary>
internal static class MetricColumns
{
    private static readonly AsyncLocal<ProblemWords?> Current = new();

    /// <summary>The words of the problem at hand.</summary>
    public static ProblemWords Words => Current.Value ?? ProblemWords.Pose;

    /// <summary>How far predictions are off.</summary>
    public static MetricColumn Error => new(
        Words.IsPose ? "joint error" : "error", "error", Words.Unit, Words.IsPose ? 1 : null, $"{Words.Error}, over the validation data.");

    public static MetricColumn Violation => new(
        "median |C|", "median |C|", Words.Unit, Words.IsPose ? 2 : null,
        Words == ProblemWords.Pose
            ? "|C| is the absolute difference of a left and a right length (Eq. 15), its median that over all six constraints and all validation samples."
            : "|C| is the absolute difference of both sides of a constraint, 0 for an inequality that holds, and of a value that is to be the same within a group that from the group's mean; its median is that over all constraints and all validation samples.");

    /// <summary>The violation that one in twenty exceeds.</summary>
    public static MetricColumn P95 => new("p95 |C|", "p95 |C|", Words.Unit, Words.IsPose ? 1 : null, "the 95th percentile of |C|.");

    /// <summary>What a model that has learnt nothing would answer.</summary>
    public static string Baseline => Words.IsPose ? "mean pose" : "mean target";

    /// <summary>What one value of a constraint is, for tables of signed values.</summary>
    public static string SignedViolation => "left minus right";

    /// <summary>The definitions at the end of a page.</summary>
    public static IEnumerable<string> Meanings => [$"Error: {Error.Meaning}", Violation.Meaning];

    /// <summary>Sets the words for this call and those that it makes.</summary>
    public static void Use(ProblemWords words) => Current.Value = words;
}

internal static class ConstraintNames
{
    /// <summary>Those of the problem at hand, with their numbers.</summary>
    public static IReadOnlyList<string> All => [.. MetricColumns.Words.Constraints.Select((name, j) => $"C{j + 1} {name}")];

    /// <summary>The names of so many constraints.</summary>
    public static IReadOnlyList<string> Of(int count) => count == All.Count ? All : [.. Enumerable.Range(1, count).Select(j => $"C{j}")];
}
