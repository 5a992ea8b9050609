using PoseEngine.Experiments.Reports;
using Spectre.Console;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>What a run shows while it goes on and at its end.</summary>
public sealed class ConsoleTests
{
    private const string Escape = "\u001b";

    [Test]
    public void PlainLinesAreFewTimedAndComplete()
    {
        var clock = new HandClock();
        var output = new StringWriter();
        using (var lines = new RunConsole(output, clock: clock)) Play(lines, clock);
        var text = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd('\r')).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(text[0], Is.EqualTo("[0:00] walkers: 0 of 100"));
            Assert.That(text, Has.Some.EqualTo("[0:01] walkers: 100 of 100"));
            Assert.That(text, Has.Some.EqualTo("[0:01] Hard-SGD η=10: 100 iterations"));
            Assert.That(text, Has.Some.Contains("iteration 50 of 100, loss 0.0200, error 45.0 mm, median |C| 3.00 mm, 33.0 Krylov iterations, 2.00 it/s, 0:25 left"));
            Assert.That(text[^1], Is.EqualTo("[0:51] Hard-SGD η=10: done, error 44.0 mm, median |C| 2.50 mm, 0.250 s/iteration"));
            Assert.That(text, Has.Length.InRange(10, 16));
            Assert.That(output.ToString(), Does.Not.Contain(Escape));
        });
    }

    [Test]
    public void RedirectedOutputGetsPlainLines()
    {
        // The test runner has no terminal.
        if (!Console.IsOutputRedirected) Assert.Ignore("the output is a terminal");
        using var observer = RunConsole.ForConsole();
        Assert.That(observer.IsLive, Is.False);
    }

    [Test]
    public void TheLiveTableShowsModelsAndEndsWithTheLastState()
    {
        var output = new StringWriter();
        using (var table = new RunConsole(TextWriter.Null, Terminal(output))) Play(table, new HandClock());
        var text = output.ToString();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("Hard-SGD η=10").And.Contain("100/100").And.Contain("44.0").And.Contain("done"));
            Assert.That(text, Does.Not.Match(Escape + @"\[[0-9;]*3[0-9][;m]"), "colour although there is none");
        });
    }

    [Test]
    public void DivergedModelsAndNotesAreShown()
    {
        var (plain, live) = (new StringWriter(), new StringWriter());
        foreach (var observer in (IRunObserver[])[new RunConsole(plain, clock: new HandClock()), new RunConsole(TextWriter.Null, Terminal(live), new HandClock())])
        {
            using (observer)
            {
                observer.Note("a file is [damaged]");
                observer.Begin("soft-sgd eta=1", 100);
                observer.End(SyntheticRun.Model("soft-sgd eta=1", double.NaN, double.NaN) with { Diverged = new(7, "iteration 7: the loss is not finite") });
            }
        }
        Assert.Multiple(() =>
        {
            Assert.That(plain.ToString(), Does.Contain("[0:00] a file is [damaged]").And.Contain("[0:00] Soft-SGD η=1: diverged, iteration 7: the loss is not finite"));
            Assert.That(live.ToString(), Does.Contain("a file is [damaged]").And.Contain("diverged"));
        });
    }

    [Test]
    public void PhasesTellTheTimeThatIsLeft()
    {
        var (plain, clock) = (new StringWriter(), new HandClock());
        using (var lines = new RunConsole(plain, clock: clock))
        {
            // A quarter was done before: what counts is the pace since then.
            for (var done = 25; done <= 100; done++, clock.Advance(2)) lines.PhaseProgress("importing", done, 100);
        }
        Assert.That(plain.ToString(), Does.StartWith($"[0:00] importing: 25 of 100{Environment.NewLine}[0:06] importing: 28 of 100, 2:24 left{Environment.NewLine}"));
        Assert.That(plain.ToString(), Does.EndWith($"importing: 100 of 100{Environment.NewLine}"));
    }

    [Test]
    public void TheLiveTableSurvivesMarkupAndManyModels()
    {
        var output = new StringWriter();
        using (var table = new RunConsole(TextWriter.Null, Terminal(output)))
        {
            for (var i = 0; i < 200; i++) table.Begin($"soft-adam [lambda]={i}", 10);
            table.PhaseProgress("[red]", 1, 3);
            table.Dispose();
        }
        Assert.That(output.ToString(), Does.Contain("[λ]=199").And.Contain("[red]: 1 of 3"));
    }

    [Test]
    public void TheFinalTableFitsAHundredColumns()
    {
        var summary = SyntheticRun.Summary(
        [
            SyntheticRun.Model("unconstrained"),
            SyntheticRun.Model("hard-gn eta=100 with-a-very-long-name-of-settings=17", 1e300, double.NaN) with
            {
                Iterations = 1_000_000,
                KrylovIterationsPerStep = 123456,
            },
            SyntheticRun.Model("hard-sgd eta=10") with { Solves = 2000, UnconvergedSolves = 1037 },
        ]);
        var lines = FinalTable.Format(summary).Split(Environment.NewLine);
        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.All.Length.LessThanOrEqualTo(100));
            Assert.That(lines[5], Does.StartWith("Unconstrained ").And.Contain("40.0"));
            Assert.That(lines[6], Does.Contain("…").And.Contain("1,000,000").And.Contain("–"));
            Assert.That(lines[8], Does.EndWith("1,037 of 2,000 solves did not converge"));
        });
    }

    private static IAnsiConsole Terminal(StringWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 100;
        return console;
    }

    private static void Play(IRunObserver observer, HandClock clock)
    {
        for (var i = 0; i <= 100; i++, clock.Advance(.01)) observer.PhaseProgress("walkers", i, 100);
        observer.Begin("hard-sgd eta=10", 100);
        for (var i = 1; i <= 100; i++)
        {
            clock.Advance(.5);
            observer.Step(i, 1.0 / i, 33);
            if (i % 10 == 0) observer.Evaluated(SyntheticRun.Line("hard-sgd eta=10", i, 45, 3));
        }
        observer.End(SyntheticRun.Model("hard-sgd eta=10", 44, 2.5) with { Iterations = 100 });
    }

    private sealed class HandClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
