using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Reports;

/// <summary>Shows a run: on a terminal a row per model with progress, figures, speed and time left; elsewhere, for logs and pipes, at most
/// a line every few seconds, except that the start and the end of each model are always told.</summary>
internal sealed class RunConsole : IRunObserver
{
    private const double IntervalSeconds = 5;

    private readonly Elapsed _clock;
    private readonly Lock _gate = new();
    private readonly List<ModelProgress> _models = [];
    private readonly PhasePace _pace = new();
    private readonly ProgressView _view;
    private string _phase = "";
    private string? _toldPhase;
    private double _lastLine = double.NegativeInfinity;

    /// <summary>Starts to show.</summary>
    /// <param name="output">Where plain lines go.</param>
    /// <param name="terminal">Draw a table here instead.</param>
    public RunConsole(TextWriter output, IAnsiConsole? terminal = null, TimeProvider? clock = null)
    {
        _clock = new Elapsed(clock);
        _view = new ProgressView(output, terminal, _clock, Rows, () => _phase.Length > 0 ? $"; {_phase}" : "");
    }

    public static RunConsole ForConsole() => new(Console.Out, ProgressView.Terminal);

    public bool IsLive => _view.IsLive;

    public void PhaseProgress(string name, long done, long total)
    {
        // Workers report from their own threads.
        lock (_gate)
        {
            var (text, ended) = (_pace.Text(name, done, total, _clock.Seconds), PhasePace.HasEnded(done, total));
            _phase = ended ? "" : text;
            if (IsLive || (name == _toldPhase && !ended && !IsDue)) return;
            _toldPhase = ended ? null : name;
            Note(text);
        }
    }

    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        var progress = new ModelProgress(MethodClasses.Pretty(model), totalIterations, startIteration, _clock.Seconds);
        lock (_gate)
        {
            _phase = "";
            _models.Add(progress);
        }
        if (!IsLive) Note(progress.Started());
    }

    public void Step(int iteration, double loss, double? krylovIterations = null) => Change(m => m.Step(iteration, loss, krylovIterations, _clock.Seconds));

    public void Evaluated(MetricLine line) => Change(m => m.Evaluated(line));

    public void End(ModelSummary summary)
    {
        lock (_gate) _models.LastOrDefault()?.End(summary);
        if (!IsLive) Note(ModelProgress.Finished(MethodClasses.Pretty(summary.Name), summary));
    }

    public void Note(string text)
    {
        _lastLine = _clock.Seconds;
        _view.Tell(text);
    }

    public void Dispose() => _view.Dispose();

    private bool IsDue => _clock.Seconds - _lastLine >= IntervalSeconds;

    private void Change(Action<ModelProgress> change)
    {
        if (_models.Count == 0) return;
        lock (_gate) change(_models[^1]);
        if (!IsLive && IsDue) Note($"{_models[^1]}");
    }

    /// <summary>The oldest rows make room when the terminal is low.</summary>
    private Table Rows(int room)
    {
        lock (_gate)
        {
            var table = ProgressView.NewTable("model");
            foreach (var model in _models.Skip(Math.Max(0, _models.Count - room)))
            {
                // Weight, not colour alone, tells the running model, so that NO_COLOR loses nothing.
                var style = new Style(decoration: model.Ended ? Decoration.None : Decoration.Bold);
                table.AddRow(model.Cells.Prepend(model.Name).Select(cell => (IRenderable)new Text(cell, style)));
            }
            return table;
        }
    }
}
