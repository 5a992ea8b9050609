namespace PoseEngine.Experiments.Reports;

/// <summary>
/// Progress as plain lines with the time since the start, for logs and pipes: at most one every few seconds, except
/// that the start and the end of each model are always told.
/// </summary>
public sealed class PlainLines : IRunObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly TextWriter _out;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly PhasePace _pace = new();
    private ModelProgress? _model;
    private string? _phase;
    private TimeSpan _lastLine = TimeSpan.MinValue;

    /// <summary>Writes to <paramref name="output"/>; <paramref name="clock"/> is for tests.</summary>
    public PlainLines(TextWriter output, TimeProvider? clock = null)
    {
        _out = output;
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
    }

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <inheritdoc/>
    public void PhaseProgress(string name, long done, long total)
    {
        // Workers report from their own threads.
        lock (_pace)
        {
            var ended = total > 0 && done >= total;
            var left = _pace.Left(name, done, total, Now.TotalSeconds);
            if (name == _phase && !ended && !Due()) return;
            _phase = ended ? null : name;
            WriteLine(total > 0 ? $"{name}: {done:N0} of {total:N0}{left}" : $"{name}: {done:N0}");
        }
    }

    /// <inheritdoc/>
    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        _model = new(model, totalIterations, startIteration, Now.TotalSeconds);
        var from = startIteration > 0 ? $", resumed after {startIteration:N0}" : "";
        WriteLine($"{MethodClasses.Pretty(model)}: {totalIterations:N0} iterations{from}");
    }

    /// <inheritdoc/>
    public void Step(int iteration, double loss, double? krylovIterations = null)
    {
        if (_model is null) return;
        _model.Step(iteration, loss, krylovIterations, Now.TotalSeconds);
        if (Due()) WriteLine(Describe(_model));
    }

    /// <inheritdoc/>
    public void Evaluated(MetricLine line)
    {
        _model?.Evaluated(line);
        if (_model is not null && Due()) WriteLine(Describe(_model));
    }

    /// <inheritdoc/>
    public void End(ModelSummary summary)
    {
        WriteLine(summary.Diverged is { } diverged ? $"{MethodClasses.Pretty(summary.Name)}: diverged, {diverged.Reason}" : Describe(summary));
        _model = null;
    }

    /// <inheritdoc/>
    public void Note(string text) => WriteLine(text);

    /// <inheritdoc/>
    public void Dispose() => _out.Flush();

    private static string Describe(ModelSummary summary)
        => $"{MethodClasses.Pretty(summary.Name)}: done, error {Num.Mm(summary.Error, 1)} mm, "
            + $"median |C| {Num.Mm(summary.MedianViolation)} mm, {Num.Short(summary.SecondsPerIteration)} s/iteration";

    private static string Describe(ModelProgress m)
    {
        var text = $"{MethodClasses.Pretty(m.Name)}: iteration {m.Iteration:N0} of {m.Total:N0}, loss {Num.Short(m.Loss)}";
        if (double.IsFinite(m.Error))
            text += $", error {Num.Mm(m.Error, 1)} mm, median |C| {Num.Mm(m.MedianViolation)} mm";
        if (m.KrylovIterations is { } krylov) text += $", {Num.Short(krylov)} Krylov iterations";
        if (double.IsFinite(m.Rate)) text += $", {Num.Short(m.Rate)} it/s, {Num.Duration(m.SecondsLeft)} left";
        return text;
    }

    private bool Due() => _lastLine == TimeSpan.MinValue || Now - _lastLine >= Interval;

    private void WriteLine(string text)
    {
        _lastLine = Now;
        _out.WriteLine($"[{Num.Duration(Now.TotalSeconds)}] {text}");
        _out.Flush();
    }
}
