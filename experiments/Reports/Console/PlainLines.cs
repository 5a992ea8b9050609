namespace PoseEngine.Experiments.Reports;

/// <summary>Progress as plain lines with the time since the start, for logs and pipes: at most one every few seconds, except that the start
/// and the end of each model are always told.</summary>
internal sealed class PlainLines(TextWriter output, TimeProvider? clock = null) : IRunObserver
{
    private const double IntervalSeconds = 5;

    private readonly Elapsed _clock = new(clock);
    private readonly PhasePace _pace = new();
    private ModelProgress? _model;
    private string? _phase;
    private double _lastLine = double.NegativeInfinity;

    public void PhaseProgress(string name, long done, long total)
    {
        // Workers report from their own threads.
        lock (_pace)
        {
            var (text, ended) = (_pace.Text(name, done, total, _clock.Seconds), PhasePace.HasEnded(done, total));
            if (name == _phase && !ended && !IsDue) return;
            _phase = ended ? null : name;
            Note(text);
        }
    }

    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        _model = new(MethodClasses.Pretty(model), totalIterations, startIteration, _clock.Seconds);
        Note(_model.Started());
    }

    public void Step(int iteration, double loss, double? krylovIterations = null)
    {
        _model?.Step(iteration, loss, krylovIterations, _clock.Seconds);
        ShowModel();
    }

    public void Evaluated(MetricLine line)
    {
        _model?.Evaluated(line);
        ShowModel();
    }

    public void End(ModelSummary summary)
    {
        Note(ModelProgress.Finished(MethodClasses.Pretty(summary.Name), summary));
        _model = null;
    }

    public void Note(string text)
    {
        _lastLine = _clock.Seconds;
        output.WriteLine($"[{_clock}] {text}");
        output.Flush();
    }

    public void Dispose() => output.Flush();

    private bool IsDue => _clock.Seconds - _lastLine >= IntervalSeconds;

    private void ShowModel()
    {
        if (_model is not null && IsDue) Note($"{_model}");
    }
}
