using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>Shows a <see cref="SweepBoard"/>: a table with a row a device on a terminal, plain lines elsewhere.</summary>
internal sealed class SweepConsole : IDisposable
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private readonly SweepBoard _board;
    private readonly ProgressView _view;
    private readonly Timer _timer;
    private string _shown = "";

    /// <summary>Starts to show the board.</summary>
    /// <param name="output">Where plain lines go.</param>
    /// <param name="terminal">Draw the table here instead.</param>
    public SweepConsole(SweepBoard board, TextWriter output, IAnsiConsole? terminal = null)
    {
        _board = board;
        _view = new ProgressView(output, terminal, board.Clock, _ => Rows(), () => $"; {board.Status()}");
        _timer = new Timer(_ => Repeat(), null, PlainInterval, PlainInterval);
        board.Told = _view.Tell;
    }

    public static SweepConsole ForConsole(SweepBoard board) => new(board, Console.Out, ProgressView.Terminal);

    public void Dispose()
    {
        // Waits for a line that is being told.
        _timer.DisposeAsync().AsTask().Wait();
        _view.Dispose();
        _board.Told = null;
    }

    /// <summary>Every few seconds the state, where it has changed and no table shows it.</summary>
    private void Repeat()
    {
        var status = _board.Status();
        var running = string.Join("; ", _board.Slots.Select(slot => slot.Row()).Where(row => row.Name.Length > 0).Select(row => $"{row.Name} at {row.Place}"));
        var line = running.Length > 0 ? $"{status}: {running}" : status;
        if (_view.IsLive || line.Length == 0 || line == _shown) return;
        _shown = line;
        _view.Tell(line);
    }

    private Table Rows()
    {
        var table = ProgressView.NewTable("device", "cell");
        foreach (var slot in _board.Slots)
        {
            var (name, _, cells) = slot.Row();
            table.AddRow(cells.Prepend(name.Length > 0 ? name : "waiting").Prepend(slot.Device).Select(cell => (IRenderable)new Text(cell)));
        }
        return table;
    }
}
