using Spectre.Console;
using Spectre.Console.Rendering;

namespace PoseEngine.Experiments.Reports;

/// <summary>Draws a state on a terminal by a thread of its own a few times a second, so that training never waits for the terminal; <see
/// cref="Dispose"/> leaves the last state there.</summary>
internal sealed class LiveView : IDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _painter;

    /// <summary>Starts to draw what <paramref name="render"/> gives.</summary>
    public LiveView(IAnsiConsole console, Func<IRenderable> render)
    {
        _painter = new Thread(() => Paint(console, render)) { IsBackground = true, Name = "live view" };
        _painter.Start();
    }

    /// <summary>The terminal, or null where the output is redirected or the terminal cannot move its cursor.</summary>
    public static IAnsiConsole? Terminal
        => !Console.IsOutputRedirected && AnsiConsole.Console.Profile.Capabilities is { Ansi: true, Interactive: true } ? AnsiConsole.Console : null;

    /// <summary>A table of models in training: some columns of text, then those of <see cref="ModelProgress.Heads"/>.</summary>
    public static Table NewTable(params string[] heads)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(heads);
        foreach (var head in ModelProgress.Heads) table.AddColumn(new TableColumn(head) { Alignment = Justify.Right, NoWrap = true });
        return table;
    }

    public void Dispose()
    {
        if (_stop.IsSet) return;
        _stop.Set();
        _painter.Join();
    }

    private void Paint(IAnsiConsole console, Func<IRenderable> render)
    {
        try
        {
            console.Live(render()).AutoClear(false).Overflow(VerticalOverflow.Crop).Start(context =>
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
