using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>Shows a <see cref="SweepBoard"/>: a live table with a row a device on a terminal, plain lines with the time elsewhere.</summary>
internal sealed class SweepConsole : IDisposable
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);
    private const int LinesKept = 8;

    private readonly SweepBoard _board;
    private readonly TextWriter _output;
    private readonly Lock _gate = new();
    private readonly Queue<string> _last = new();
    private readonly LiveView? _view;
    private readonly Timer? _timer;
    private string _shown = "";

    /// <summary>Starts to show the board.</summary>
    /// <param name="output">Where plain lines go.</param>
    /// <param name="terminal">Draw the live table here instead.</param>
    public SweepConsole(SweepBoard board, TextWriter output, IAnsiConsole? terminal = null)
    {
        (_board, _output) = (board, output);
        if (terminal is null) _timer = new Timer(_ => Repeat(), null, PlainInterval, PlainInterval);
        else _view = new LiveView(terminal, Render);
        board.Told = Tell;
    }

    public static SweepConsole ForConsole(SweepBoard board) => new(board, Console.Out, LiveView.Terminal);

    public void Dispose()
    {
        // Waits for a line that is being told.
        _timer?.DisposeAsync().AsTask().Wait();
        _view?.Dispose();
        _board.Told = null;
    }

    private void Tell(string line)
    {
        var timed = $"[{_board.Clock}] {line}";
        lock (_gate)
        {
            if (_view is null)
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
        var status = _board.Status();
        var running = string.Join("; ", _board.Slots.Select(slot => slot.Row()).Where(row => row.Name.Length > 0).Select(row => $"{row.Name} at {row.Place}"));
        var line = running.Length > 0 ? $"{status}: {running}" : status;
        if (line.Length == 0 || line == _shown) return;
        _shown = line;
        Tell(line);
    }

    /// <summary>The present state: the last events, the devices at work, the counts.</summary>
    internal IRenderable Render()
    {
        var table = LiveView.NewTable("device", "cell");
        foreach (var slot in _board.Slots)
        {
            var (name, _, cells) = slot.Row();
            table.AddRow(cells.Prepend(name.Length > 0 ? name : "waiting").Prepend(slot.Device).Select(cell => (IRenderable)new Text(cell)));
        }
        lock (_gate) return new Rows([.. _last.Select(line => (IRenderable)new Text(line)), table, new Text($"{_board.Clock} since the start; {_board.Status()}")]);
    }
}
