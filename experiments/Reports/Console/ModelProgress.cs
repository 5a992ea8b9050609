namespace PoseEngine.Experiments.Reports;

/// <summary>What the console knows about one model that trains or has trained, and how it says so.</summary>
/// <param name="total">The iteration at which it will end.</param>
/// <param name="start">Where it starts: above 0 when resumed.</param>
/// <param name="startedAt">When, in seconds.</param>
internal sealed class ModelProgress(string name, int total, int start, double startedAt)
{
    // The rate is that of about the last twenty seconds: slow solves and evaluations come and go.
    private const double RateWindowSeconds = 20;

    private readonly int _start = start;
    private readonly Queue<(double At, int Iteration)> _recent = new([(startedAt, start)]);
    private double? _krylovIterations;
    private double _loss = double.NaN, _error = double.NaN, _violation = double.NaN;

    public static IReadOnlyList<string> Heads => ["iteration", "loss", MetricColumns.Error.Head, MetricColumns.Violation.Short, "it/s", "left"];

    public string Name => name;

    public int Iteration { get; private set; } = start;

    public bool Ended { get; private set; }

    public bool Diverged { get; private set; }

    /// <summary>How much of it is done, 0 to 1.</summary>
    public double Share => total > 0 ? (double)Iteration / total : 0;

    /// <summary>Iterations per second; NaN before the first is done.</summary>
    public double Rate { get; private set; } = double.NaN;

    /// <summary>Seconds to the end of this model at the present rate.</summary>
    public double SecondsLeft => Ended ? 0 : (total - Iteration) / Rate;

    /// <summary>"12/100", which is behind its name in tables.</summary>
    public string Place => $"{Iteration:N0}/{total:N0}";

    /// <summary>The state as cells of a table.</summary>
    public IReadOnlyList<string> Cells =>
    [
        Place, Num.Short(_loss), MetricColumns.Error.Text(_error), MetricColumns.Violation.Text(_violation), Num.Short(Rate),
        Diverged ? "diverged" : Ended ? "done" : Num.Duration(SecondsLeft),
    ];

    /// <summary>The line that tells of the start; <paramref name="where"/> may name a device.</summary>
    public string Started(string where = "") => $"{name}: {total:N0} iterations{where}{(_start > 0 ? $", resumed after {_start:N0}" : "")}";

    public override string ToString()
    {
        var text = $"{name}: iteration {Iteration:N0} of {total:N0}, loss {Num.Short(_loss)}";
        if (double.IsFinite(_error)) text += $", {Figures(_error, _violation)}";
        if (_krylovIterations is { } krylov) text += $", {Num.Short(krylov)} Krylov iterations";
        if (double.IsFinite(Rate)) text += $", {Num.Short(Rate)} it/s, {Num.Duration(SecondsLeft)} left";
        return text;
    }

    /// <summary>The line that tells of the end of a model.</summary>
    public static string Finished(string name, ModelSummary summary) => summary.Diverged is { } diverged
        ? $"{name}: diverged, {diverged.Reason}"
        : $"{name}: done, {Figures(summary.Error, summary.MedianViolation)}, {Num.Short(summary.SecondsPerIteration)} s/iteration";

    private static string Figures(double error, double violation) => $"error {MetricColumns.Error.WithUnit(error)}, median |C| {MetricColumns.Violation.WithUnit(violation)}";

    public void Step(int iteration, double loss, double? krylov, double now)
    {
        (Iteration, _loss) = (iteration, loss);
        _krylovIterations = krylov ?? _krylovIterations;
        _recent.Enqueue((now, iteration));
        while (_recent.Count > 2 && now - _recent.Peek().At > RateWindowSeconds) _recent.Dequeue();
        var (at, first) = _recent.Peek();
        if (now > at) Rate = (iteration - first) / (now - at);
    }

    public void Evaluated(MetricLine line) => (_error, _violation) = (line.Error, line.MedianViolation);

    public void End(ModelSummary summary)
    {
        (_error, _violation, Iteration) = (summary.Error, summary.MedianViolation, summary.Iterations);
        if (summary.SecondsPerIteration > 0) Rate = 1 / summary.SecondsPerIteration;
        Ended = true;
        Diverged = summary.Diverged is not null;
    }
}
