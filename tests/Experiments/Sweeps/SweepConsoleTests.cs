using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Support;
using Spectre.Console;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>What a sweep shows while it runs.</summary>
public class SweepConsoleTests
{
    private static readonly SweepCell Cell = new(
        "soft-adam lambda=1", new ModelPlan(PoseProblem.Settings("soft-adam"), 10, 5), 3, "unconstrained seed=3");

    [Test]
    public void PlainLinesNameCellsAndCarryNoEscapes()
    {
        var output = new StringWriter();
        var board = new SweepBoard();
        using (new SweepConsole(board, output)) Play(board);
        var lines = output.ToString().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(1));
        Assert.That(lines[0], Does.EndWith("] Soft-Adam λ=1 seed=3: 10 iterations on cuda:1, resumed after 4"));
        Assert.That(output.ToString(), Does.Not.Contain("\u001b"));
    }

    [Test]
    public void TheLiveTableHasARowForEachDevice()
    {
        var output = new StringWriter();
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(output) });
        terminal.Profile.Width = 120;
        var board = new SweepBoard();
        board.AddSlot("cpu");
        using (new SweepConsole(board, TextWriter.Null, terminal)) Play(board);
        var text = output.ToString();
        Assert.That(text, Does.Contain("cuda:1").And.Contain("waiting").And.Contain("Soft-Adam λ=1 seed=3").And.Contain("6/10").And.Contain("44.0"));
        Assert.That(text, Does.Contain("0 of 1 cells done, 1 running, 0 left; time left not known yet"));
    }

    private static void Play(SweepBoard board)
    {
        board.Show([(Cell, CellState.Running)]);
        var slot = board.AddSlot("cuda:1");
        slot.Take(Cell);
        slot.Begin("soft-adam lambda=1", 10, 4);
        slot.Step(5, .1);
        slot.Step(6, .1);
        slot.Evaluated(SyntheticSweep.Line("soft-adam lambda=1", 6, (44, 3)));
    }
}
