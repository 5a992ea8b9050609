using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Reports;

/// <summary>
/// A table on the terminal that follows the run: a row per model with progress, figures, speed and time left. It is
/// drawn by its own thread a few times a second, so that the training loop never waits for the terminal.
/// </summary>
public sealed class LiveTable : IRunObserver
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    // Lines of the table that are no rows, and one for the prompt.
    private const int LinesBesideRows = 7;

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly Lock _gate = new();
    private readonly List<ModelProgress> _models = [];
    private readonly PhasePace _pace = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _painter;
    private string _phase = "";
    private string _note = "";

    /// <summary>Starts to draw on <paramref name="console"/>; <see cref="Dispose"/> leaves the last state there.</summary>
    public LiveTable(IAnsiConsole console, TimeProvider? clock = null)
    {
        _console = console;
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        _painter = new Thread(Paint) { IsBackground = true, Name = "live table" };
        _painter.Start();
    }

    private double Now => _clock.GetElapsedTime(_start).TotalSeconds;

    /// <summary>
    /// The observer that fits: the live table on a terminal, plain lines when the output is redirected or the
    /// terminal cannot move its cursor.
    /// </summary>
    public static IRunObserver ForConsole()
    {
        var console = AnsiConsole.Console;
        var live = !Console.IsOutputRedirected && console.Profile.Capabilities is { Ansi: true, Interactive: true };
        return live ? new LiveTable(console) : new PlainLines(Console.Out);
    }

    /// <inheritdoc/>
    public void PhaseProgress(string name, long done, long total)
    {
        lock (_gate)
        {
            var left = _pace.Left(name, done, total, Now);
            _phase = total <= 0 ? $"{name}: {done:N0}"
                : done >= total ? "" : $"{name}: {done:N0} of {total:N0} ({100.0 * done / total:F0} %){left}";
        }
    }

    /// <inheritdoc/>
    public void Begin(string model, int totalIterations, int startIteration = 0)
    {
        lock (_gate)
        {
            _phase = "";
            _models.Add(new(model, totalIterations, startIteration, Now));
        }
    }

    /// <inheritdoc/>
    public void Step(int iteration, double loss, double? krylovIterations = null)
    {
        lock (_gate)
            if (_models.Count > 0)
                _models[^1].Step(iteration, loss, krylovIterations, Now);
    }

    /// <inheritdoc/>
    public void Evaluated(MetricLine line)
    {
        lock (_gate) _models.LastOrDefault(m => m.Name == line.Model)?.Evaluated(line);
    }

    /// <inheritdoc/>
    public void End(ModelSummary summary)
    {
        lock (_gate) _models.LastOrDefault(m => m.Name == summary.Name)?.End(summary);
    }

    /// <inheritdoc/>
    public void Note(string text)
    {
        lock (_gate) _note = text;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stop.IsSet) return;
        _stop.Set();
        _painter.Join();
    }

    private void Paint()
    {
        try
        {
            _console.Live(Render()).AutoClear(false).Overflow(VerticalOverflow.Crop).Start(context =>
            {
                while (!_stop.Wait(Refresh)) context.UpdateTarget(Render());
                context.UpdateTarget(Render());
            });
        }
        catch (IOException)
        {
            // The terminal has gone; the run goes on.
        }
    }

    /// <summary>The present state as a table; the oldest rows make room when the terminal is low.</summary>
    internal IRenderable Render()
    {
        lock (_gate)
        {
            var table = new Table { Border = TableBorder.Simple, Caption = new TableTitle(Markup.Escape(Caption())) };
            table.AddColumn("model");
            foreach (var head in new[] { "iteration", "loss", "error mm", "median |C|", "it/s", "left" })
                table.AddColumn(new TableColumn(head) { Alignment = Justify.Right, NoWrap = true });
            var room = Math.Max(1, _console.Profile.Height - LinesBesideRows);
            foreach (var model in _models.Skip(Math.Max(0, _models.Count - room))) AddRow(table, model);
            return table;
        }
    }

    private string Caption()
        => string.Join("; ", ((string[])[$"{Num.Duration(Now)} since the start", _phase, _note]).Where(part => part.Length > 0));

    private static void AddRow(Table table, ModelProgress m)
    {
        // Weight, not colour alone, tells the running model, so that NO_COLOR loses nothing.
        var style = m.Ended ? "default" : "bold";
        string[] cells =
        [
            MethodClasses.Pretty(m.Name), $"{m.Iteration:N0}/{m.Total:N0}", Num.Short(m.Loss), Num.Mm(m.Error, 1),
            Num.Mm(m.MedianViolation), Num.Short(m.Rate), m.Diverged ? "diverged" : m.Ended ? "done" : Num.Duration(m.SecondsLeft),
        ];
        table.AddRow(cells.Select(cell => (IRenderable)new Markup($"[{style}]{Markup.Escape(cell)}[/]")));
    }
}
