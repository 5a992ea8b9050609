using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Reports;

/// <summary>Where progress is shown: on a terminal a table of models in training under the last lines that were told, drawn by a thread of
/// its own so that training never waits for the terminal; elsewhere lines with the time since the start.</summary>
internal sealed class ProgressView : IDisposable
{
    private const int LinesKept = 8;

    // Lines of the table that are no rows, the state and one for the prompt.
    private const int LinesBesideRows = 7;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    private readonly TextWriter _output;
    private readonly IAnsiConsole? _terminal;
    private readonly Elapsed _clock;
    private readonly Lock _gate = new();
    private readonly Queue<string> _last = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread? _painter;

    /// <summary>Starts to draw where there is a terminal.</summary>
    /// <param name="output">Where plain lines go.</param>
    /// <param name="terminal">Draw the table here instead.</param>
    /// <param name="clock">The time since the start.</param>
    /// <param name="table">The present state, in at most so many rows.</param>
    /// <param name="state">What stands below it.</param>
    public ProgressView(TextWriter output, IAnsiConsole? terminal, Elapsed clock, Func<int, IRenderable> table, Func<string> state)
    {
        (_output, _terminal, _clock) = (output, terminal, clock);
        if (terminal is null) return;
        _painter = new Thread(() => Paint(() => Render(table, state))) { IsBackground = true, Name = "progress" };
        _painter.Start();
    }

    /// <summary>The terminal, or null where the output is redirected or the terminal cannot move its cursor.</summary>
    public static IAnsiConsole? Terminal
        => !Console.IsOutputRedirected && AnsiConsole.Console.Profile.Capabilities is { Ansi: true, Interactive: true } ? AnsiConsole.Console : null;

    /// <summary>Whether the state is drawn all the time, so that lines need not tell it.</summary>
    public bool IsLive => _terminal is not null;

    /// <summary>A table of models in training: some columns of text, then those of <see cref="ModelProgress.Heads"/>.</summary>
    public static Table NewTable(params string[] heads)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(heads);
        foreach (var head in ModelProgress.Heads) table.AddColumn(new TableColumn(head) { Alignment = Justify.Right, NoWrap = true });
        return table;
    }

    public void Tell(string line)
    {
        lock (_gate)
        {
            if (!IsLive)
            {
                _output.WriteLine($"[{_clock}] {line}");
                _output.Flush();
                return;
            }
            _last.Enqueue($"[{_clock}] {line}");
            while (_last.Count > LinesKept) _last.Dequeue();
        }
    }

    /// <summary>Leaves the last state on the terminal.</summary>
    public void Dispose()
    {
        _stop.Set();
        _painter?.Join();
        _output.Flush();
    }

    private Rows Render(Func<int, IRenderable> table, Func<string> state)
    {
        string[] lines;
        lock (_gate) lines = [.. _last];
        var room = Math.Max(1, _terminal!.Profile.Height - LinesBesideRows - lines.Length);
        return new([.. lines.Select(line => new Text(line)), table(room), new Text($"{_clock} since the start{state()}")]);
    }

    private void Paint(Func<IRenderable> render)
    {
        try
        {
            _terminal!.Live(render()).AutoClear(false).Overflow(VerticalOverflow.Crop).Start(context =>
            {
                while (!_stop.Wait(Refresh)) context.UpdateTarget(render());
                context.UpdateTarget(render());
            });
        }
        catch (IOException)
        {
            // The terminal has gone; the run goes on.
        }
    }
}
