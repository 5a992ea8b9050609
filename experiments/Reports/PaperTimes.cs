namespace PoseEngine.Experiments.Reports;

/// <summary>Seconds per iteration that the paper reports (section 5, last paragraph; Theano on a Titan Z).</summary>
/// <param name="Least">The fastest, s.</param>
/// <param name="Most">The slowest, s.</param>
public sealed record PaperTimes(double Least, double Most)
{
    /// <summary>Where the paper measured.</summary>
    public const string Machine = "Titan Z";

    private static readonly Dictionary<string, PaperTimes> ByMethod = new()
    {
        ["soft-sgd"] = new(0.8, 0.8),
        ["soft-adam"] = new(1.6, 1.6),
        ["hard-sgd"] = new(3, 32),
        ["hard-adam"] = new(103, 103),
    };

    /// <summary>The paper's time of a method, or null where it gives none.</summary>
    public static PaperTimes? Of(string method) => ByMethod.GetValueOrDefault(method);

    /// <summary>"3 to 32", or one number.</summary>
    public override string ToString() => Least == Most ? Num.Setting(Least) : $"{Num.Setting(Least)} to {Num.Setting(Most)}";
}
