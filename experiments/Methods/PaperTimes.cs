namespace PoseEngine.Experiments.Methods;

/// <summary>Seconds per iteration that the paper reports (section 5, last paragraph; Theano on a Titan Z).</summary>
public sealed record PaperTimes(double Least, double Most)
{
    public const string Machine = "Titan Z";

    public static PaperTimes? Of(string method) => MethodRegistry.Find(method)?.Paper;

    /// <summary>"3 to 32", or one number.</summary>
    public override string ToString() => Least == Most ? Text(Least) : $"{Text(Least)} to {Text(Most)}";

    private static string Text(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
