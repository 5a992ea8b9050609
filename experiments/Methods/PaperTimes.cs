namespace PoseEngine.Experiments.Methods;

/// <summary>Seconds per iteration that the paper reports (section 5, last paragraph; Theano on a Titan Z).</summary>
/// <param name="Least">The fastest, s.</param>
/// <param name="Most">The slowest, s.</param>
public sealed record PaperTimes(double Least, double Most)
{
    /// <summary>Where the paper measured.</summary>
    public const string Machine = "Titan Z";

    /// <summary>The paper's time of a method, or null where it gives none.</summary>
    public static PaperTimes? Of(string method) => MethodRegistry.Find(method)?.Paper;

    /// <summary>"3 to 32", or one number.</summary>
    public override string ToString() => Least == Most ? Text(Least) : $"{Text(Least)} to {Text(Most)}";

    private static string Text(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
