namespace PoseEngine.Experiments.Reports;

/// <summary>What the console knows about one model that trains or has trained.</summary>
internal sealed class ModelProgress(string name, int total, int start, double startedAt)
{
    // The rate is that of about the last twenty seconds: slow solves and evaluations come and go.
    private const double RateWindowSeconds = 20;

    private readonly Queue<(double At, int Iteration)> _recent = new([(startedAt, start)]);

    public string Name { get; } = name;

    public int Total { get; } = total;

    public int Iteration { get; private set; } = start;

    public double Loss { get; private set; } = double.NaN;

    public double Error { get; private set; } = double.NaN;

    public double MedianViolation { get; private set; } = double.NaN;

    public double? KrylovIterations { get; private set; }

    public bool Ended { get; private set; }

    public bool Diverged { get; private set; }

    /// <summary>Iterations per second; NaN before the first is done.</summary>
    public double Rate { get; private set; } = double.NaN;

    /// <summary>Seconds to the end of this model at the present rate.</summary>
    public double SecondsLeft => Ended ? 0 : (Total - Iteration) / Rate;

    public void Step(int iteration, double loss, double? krylov, double now)
    {
        (Iteration, Loss) = (iteration, loss);
        KrylovIterations = krylov ?? KrylovIterations;
        _recent.Enqueue((now, iteration));
        while (_recent.Count > 2 && now - _recent.Peek().At > RateWindowSeconds) _recent.Dequeue();
        var (at, first) = _recent.Peek();
        if (now > at) Rate = (iteration - first) / (now - at);
    }

    public void Evaluated(MetricLine line) => (Error, MedianViolation) = (line.Error, line.MedianViolation);

    public void End(ModelSummary summary)
    {
        (Error, MedianViolation, Iteration) = (summary.Error, summary.MedianViolation, summary.Iterations);
        if (summary.SecondsPerIteration > 0) Rate = 1 / summary.SecondsPerIteration;
        Ended = true;
        Diverged = summary.Diverged is not null;
    }
}
