using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>
/// Shows a <see cref="SweepBoard"/>: a live table with a row a device on a terminal, plain lines with the time elsewhere.
/// A thread of its own draws, so that training never waits for the terminal.
/// </summary>
internal sealed class SweepConsole : IDisposable
{
    private static readonly TimeSpan LiveRefresh = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);
    private const int LinesKept = 8;

    private readonly SweepBoard _board;
    private readonly IAnsiConsole? _terminal;
    private readonly TextWriter _output;
    private readonly Lock _gate = new();
    private readonly Queue<string> _last = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _painter;
    private string _shown = "";

    /// <summary>Starts to show the board.</summary>
    /// <param name="board">What is shown.</param>
    /// <param name="output">Where plain lines go.</param>
    /// <param name="terminal">Draw the live table here instead.</param>
    public SweepConsole(SweepBoard board, TextWriter output, IAnsiConsole? terminal = null)
    {
        (_board, _output, _terminal) = (board, output, terminal);
        board.Told = Tell;
        _painter = new Thread(terminal is null ? Repeat : Paint) { IsBackground = true, Name = "sweep console" };
        _painter.Start();
    }

    /// <summary>The one that fits the console.</summary>
    public static SweepConsole ForConsole(SweepBoard board)
    {
        var console = AnsiConsole.Console;
        var live = !Console.IsOutputRedirected && console.Profile.Capabilities is { Ansi: true, Interactive: true };
        return new SweepConsole(board, Console.Out, live ? console : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stop.IsSet) return;
        _stop.Set();
        _painter.Join();
        _board.Told = null;
    }

    private void Tell(string line)
    {
        var timed = $"[{Num.Duration(_board.Now)}] {line}";
        lock (_gate)
        {
            if (_terminal is null)
            {
                _output.WriteLine(timed);
                _output.Flush();
                return;
            }
            _last.Enqueue(timed);
            while (_last.Count > LinesKept) _last.Dequeue();
        }
    }

    /// <summary>Every few seconds the state, where it has changed.</summary>
    private void Repeat()
    {
        while (!_stop.Wait(PlainInterval))
        {
            var status = _board.Status();
            var running = string.Join("; ", _board.Slots.Select(slot => slot.Row()).Where(row => row is not null).Select(row => $"{row!.Value.Name} at {row.Value.Iteration}"));
            var line = running.Length > 0 ? $"{status}: {running}" : status;
            if (line.Length == 0 || line == _shown) continue;
            _shown = line;
            Tell(line);
        }
    }

    private void Paint()
    {
        try
        {
            _terminal!.Live(Render()).AutoClear(false).Overflow(VerticalOverflow.Crop).Start(context =>
            {
                while (!_stop.Wait(LiveRefresh)) context.UpdateTarget(Render());
                context.UpdateTarget(Render());
            });
        }
        catch (IOException)
        {
            // The terminal has gone; the sweep goes on.
        }
    }

    /// <summary>The present state: the last events, the devices at work, the counts.</summary>
    internal IRenderable Render()
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var head in new[] { "device", "cell" }) table.AddColumn(head);
        foreach (var head in new[] { "iteration", "error mm", "median |C|", "it/s", "left" })
        {
            table.AddColumn(new TableColumn(head) { Alignment = Justify.Right, NoWrap = true });
        }
        foreach (var slot in _board.Slots)
        {
            var row = slot.Row() ?? ("waiting", "", "", "", "", "");
            table.AddRow(new[] { slot.Device, row.Name, row.Iteration, row.Error, row.Violation, row.Rate, row.Left }.Select(cell => (IRenderable)new Text(cell)));
        }
        lock (_gate) return new Rows([.. _last.Select(line => (IRenderable)new Text(line)), table, new Text($"{Num.Duration(_board.Now)} since the start; {_board.Status()}")]);
    }
}
