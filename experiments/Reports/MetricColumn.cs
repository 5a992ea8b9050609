namespace PoseEngine.Experiments.Reports;

/// <summary>A metric as tables, figures and pages write it.</summary>
/// <param name="Title">The title on axes.</param>
/// <param name="Short">The head of a column.</param>
/// <param name="Unit">The unit, or "".</param>
/// <param name="Decimals">Decimals of a value.</param>
/// <param name="Meaning">What it is, in a sentence.</param>
internal sealed record MetricColumn(string Title, string Short, string Unit, int Decimals, string Meaning)
{
    /// <summary>The head of a column with the unit.</summary>
    public string Head => $"{Short} {Unit}".TrimEnd();

    /// <summary>A value without its unit.</summary>
    public string Text(double value) => Num.Fixed(value, Decimals);

    /// <summary>A value over seeds without its unit.</summary>
    public string Text(Spread spread) => spread.Text(Text);

    /// <summary>A value with its unit.</summary>
    public string Full(double value) => $"{Text(value)} {Unit}".TrimEnd();

    /// <summary>A value over seeds with its unit.</summary>
    public string Full(Spread spread) => $"{Text(spread)} {Unit}".TrimEnd();
}

/// <summary>The metrics that reports name one by one.</summary>
internal static class MetricColumns
{
    /// <summary>How far predictions are off.</summary>
    public static MetricColumn Error { get; } = new(
        "joint error", "error", "mm", 1, "mean Euclidean distance of the 17 predicted joints from the true ones, over the validation data.");

    /// <summary>The violation in the middle.</summary>
    public static MetricColumn Violation { get; } = new(
        "median |C|", "median |C|", "mm", 2,
        "|C| is the absolute difference of a left and a right length (Eq. 15), its median that over all six constraints and all validation samples.");

    /// <summary>The violation that one in twenty exceeds.</summary>
    public static MetricColumn P95 { get; } = new("p95 |C|", "p95 |C|", "mm", 1, "the 95th percentile of |C|.");

    /// <summary>What a model that has learnt nothing would answer.</summary>
    public const string Baseline = "mean pose";

    /// <summary>What one value of a constraint is, for tables of signed values.</summary>
    public const string SignedViolation = "left minus right";

    /// <summary>The definitions at the end of a page.</summary>
    public static IEnumerable<string> Meanings => [$"Error: {Error.Meaning}", Violation.Meaning];
}

/// <summary>The names of constraints.</summary>
internal static class ConstraintNames
{
    /// <summary>Those of Table 2.</summary>
    public static IReadOnlyList<string> All { get; } = [.. LimbSymmetry.PaperNames.Select((name, j) => $"C{j + 1} {name}")];

    /// <summary>The names of so many constraints.</summary>
    public static IReadOnlyList<string> Of(int count) => count == All.Count ? All : [.. Enumerable.Range(1, count).Select(j => $"C{j}")];
}
