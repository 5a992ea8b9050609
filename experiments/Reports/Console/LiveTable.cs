using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Reports;

/// <summary>A table on the terminal that follows the run: a row per model with progress, figures, speed and time left.</summary>
internal sealed class LiveTable : IRunObserver
{
    // Lines of the table that are no rows, and one for the prompt.
    private const int LinesBesideRows = 7;

    private readonly IAnsiConsole _console;
    private readonly Elapsed _clock;
    private readonly Lock _gate = new();
    private readonly List<ModelProgress> _models = [];
    private readonly PhasePace _pace = new();
    private readonly LiveView _view;
    private string _phase = "";
    private string _note = "";

    /// <summary>Starts to draw on <paramref name="console"/>; <see cref="Dispose"/> leaves the last state there.</summary>
    public LiveTable(IAnsiConsole console, TimeProvider? clock = null)
    {
        (_console, _clock) = (console, new Elapsed(clock));
        _view = new LiveView(console, Render);
    }

    /// <summary>The observer that fits: the live table on a terminal, plain lines when the output is redirected or the terminal cannot move
    /// its cursor.</summary>
    public static IRunObserver ForConsole() => LiveView.Terminal is { } terminal ? new LiveTable(terminal) : new PlainLines(Console.Out);

    public void PhaseProgress(string name, long done, long total)
    {
        lock (_gate)
        {
            var text = _pace.Text(name, done, total, _clock.Seconds);
            _phase = PhasePace.HasEnded(done, total) ? "" : text;
        }
    }

    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        lock (_gate)
        {
            _phase = "";
            _models.Add(new(MethodClasses.Pretty(model), totalIterations, startIteration, _clock.Seconds));
        }
    }

    public void Step(int iteration, double loss, double? krylovIterations = null)
    {
        lock (_gate) _models.LastOrDefault()?.Step(iteration, loss, krylovIterations, _clock.Seconds);
    }

    public void Evaluated(MetricLine line)
    {
        lock (_gate) Find(line.Model)?.Evaluated(line);
    }

    public void End(ModelSummary summary)
    {
        lock (_gate) Find(summary.Name)?.End(summary);
    }

    public void Note(string text)
    {
        lock (_gate) _note = text;
    }

    public void Dispose() => _view.Dispose();

    private ModelProgress? Find(string model) => _models.LastOrDefault(m => m.Name == MethodClasses.Pretty(model));

    /// <summary>The present state as a table; the oldest rows make room when the terminal is low.</summary>
    internal IRenderable Render()
    {
        lock (_gate)
        {
            var table = LiveView.NewTable("model");
            var parts = ((string[])[$"{_clock} since the start", _phase, _note]).Where(part => part.Length > 0);
            table.Caption = new TableTitle(Markup.Escape(string.Join("; ", parts)));
            var room = Math.Max(1, _console.Profile.Height - LinesBesideRows);
            foreach (var model in _models.Skip(Math.Max(0, _models.Count - room)))
            {
                // Weight, not colour alone, tells the running model, so that NO_COLOR loses nothing.
                var style = model.Ended ? "default" : "bold";
                table.AddRow(model.Cells.Prepend(model.Name).Select(cell => (IRenderable)new Markup($"[{style}]{Markup.Escape(cell)}[/]")));
            }
            return table;
        }
    }
}
