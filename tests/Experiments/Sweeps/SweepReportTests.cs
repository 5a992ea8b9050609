using System.Text.Json;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Files;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>The page of a sweep that is still running, with cells in every state a folder can be found in.</summary>
public class SweepReportTests
{
    private readonly TempFolder _folder = new();
    private SweepDirectory _sweep = null!;
    private SweepPlan _plan = null!;
    private FolderLock _lock = null!;

    [OneTimeSetUp]
    public void WriteASweep()
    {
        var hard = PoseProblem.Settings("hard-sgd eta=300 active=16");
        (string, MethodSettings)[] configurations =
        [
            ("unconstrained", PoseProblem.Settings("unconstrained")),
            ("soft-adam lambda=0.001 active=128", SyntheticSweep.Soft(1e-3)), ("soft-adam lambda=0.01 active=128", SyntheticSweep.Soft(1e-2)),
            ("hard-sgd eta=300 <b>", hard), ("soft-sgd eta=1", PoseProblem.Settings("soft-sgd")),
        ];
        _plan = SyntheticSweep.Plan(configurations.SelectMany(c => new[] { 1L, 2L }, (c, seed) => (c.Item1, c.Item2, seed)));
        _sweep = SweepDirectory.Create(_folder.At("sweep"), _plan);
        var cells = _plan.Cells;
        for (var i = 0; i < 6; i++) SyntheticSweep.Write(_sweep, SyntheticSweep.Done(cells[i], (50 - i, 6), (40 + i, 5 - (i * .1)), trainMax: 20 + i));
        // Running, with half a line at the end of its metrics.
        var running = SyntheticSweep.Write(_sweep, new(cells[6], CellState.Running, [SyntheticSweep.Line("hard-sgd", 10, (44, 2))], null, null, []));
        File.AppendAllText(running.MetricsPath, "{\"model\":\"hard-sgd\",\"meth");
        _lock = FolderLock.TryTake(running.Path, "cpu")!;
        // Broken: one diverged, one whose metrics are damaged in the middle.
        Directory.CreateDirectory(_sweep.FolderOf(cells[8]));
        for (var i = 0; i < 2; i++) CellFailures.Add(_sweep.FolderOf(cells[8]), new CellFailure(CellFailure.Diverged, "iteration 7: the <loss> is NaN", DateTime.UtcNow, "cpu", 1));
        var damaged = SyntheticSweep.Write(_sweep, SyntheticSweep.Done(cells[9], (50, 6), (45, 5)));
        File.WriteAllText(damaged.MetricsPath, "nonsense\n" + File.ReadAllText(damaged.MetricsPath));
    }

    [OneTimeTearDown]
    public void DropFolder()
    {
        _lock.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void ARunningSweepHasAReport()
    {
        var page = File.ReadAllText(SweepReport.Build(_sweep));
        using var summary = JsonDocument.Parse(File.ReadAllText(_sweep.SummaryPath));
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain("of 10 cells 6 are done, 1 running, 1 left, 2 broken"));
            Assert.That(page, Does.Contain("Soft-Adam λ=0.001</td>"), "what all share is left out of names");
            Assert.That(page, Does.Contain("1 running, 1 left").And.Contain("1 diverged, 1 damaged"));
            Assert.That(page, Does.Contain("diverged: iteration 7: the &lt;loss&gt; is NaN").And.Contain("is damaged at line 1"));
            Assert.That(page, Does.Contain("Hard-SGD η=300 &lt;b&gt;").And.Not.Contain("<b>"));
            Assert.That(page, Does.Contain("42.5 (42.0 to 43.0)"), "the error of the first Soft-Adam configuration over two seeds");
            Assert.That(page, Does.Contain("Fig. 2(a)").And.Contain("Fig. 2(b)").And.Contain("Claims of section 5").And.Contain("3 to 32"));
            Assert.That(page, Does.Contain("4.75 / 19.0 / 22.5"), "median, 95th percentile and largest on training data");
            Assert.That(page, Does.Not.Contain("http").And.Not.Contain("<script"));
            foreach (var figure in (string[])["fig2a-error-violation", "pareto-fronts", "fig2b-share-met"])
            {
                Assert.That(new FileInfo(Path.Combine(_sweep.FiguresPath, figure + ".png")).Length, Is.GreaterThan(10_000));
                Assert.That(Path.Combine(_sweep.FiguresPath, figure + ".svg"), Does.Exist);
            }
            var root = summary.RootElement;
            Assert.That(root.GetProperty("cells").GetProperty("done").GetInt32(), Is.EqualTo(6));
            Assert.That(root.GetProperty("configurations")[1].GetProperty("errorMm").GetProperty("median").GetDouble(), Is.EqualTo(42.5));
            Assert.That(root.GetProperty("broken").GetArrayLength(), Is.EqualTo(2));
            Assert.That(root.GetProperty("claims").GetArrayLength(), Is.EqualTo(9));
        });
    }

    [Test]
    public void ASweepOfOtherSettingsIsRefused()
    {
        var other = _plan with { Cells = [.. _plan.Cells.Skip(1)] };
        Assert.That(() => SweepDirectory.Create(_sweep.Path, other), Throws.TypeOf<UserErrorException>().With.Message.Contains("it has the cell unconstrained seed=1 too"));
        var changed = _plan with { Cells = [.. _plan.Cells.Select(c => c with { Iterations = c.Iterations + c.Cell(2) })] };
        Assert.That(() => SweepDirectory.Create(_sweep.Path, changed), Throws.TypeOf<UserErrorException>().With.Message.Contains("the cell unconstrained seed=2 has other settings"));
        var reordered = _plan with { Cells = [.. _plan.Cells.Select(c => c with { Settings = c.Settings.Reverse().ToDictionary() })] };
        foreach (var same in (SweepPlan[])[_plan, reordered]) Assert.That(SweepDirectory.Create(_sweep.Path, same).ReadPlan().Cells, Has.Count.EqualTo(10));
    }

    [Test]
    public void ASweepThatHasOnlyBegunHasAReport()
    {
        var sweep = SweepDirectory.Create(_folder.At("begun"), _plan);
        Assert.That(File.ReadAllText(SweepReport.Build(sweep)), Does.Contain("of 10 cells 0 are done, 0 running, 10 left"));
    }
}

/// <summary>A change of one cell.</summary>
file static class Changes
{
    public static int Cell(this PlannedCell cell, long seed) => cell.Method == "unconstrained" && cell.Seed == seed ? 1 : 0;
}
