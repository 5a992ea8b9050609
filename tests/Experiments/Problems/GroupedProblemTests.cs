using System.Text.Json;
using PoseEngine.Constraints;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Metrics;
using PoseEngine.Experiments.Problems;
using PoseEngine.Tests.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Problems;

/// <summary>Problems whose constraints are the same within groups of samples, from the file to the figures.</summary>
public sealed class GroupedProblemTests : PackFixture
{
    private const string Text =
        """
        [data]
        inputs = "in.csv"
        targets = "out.csv"
        [network]
        layers = "dense8,tanh,dense2"
        [constraints]
        level = "same within rig: flow"
        sum = "flow + heat = 3"
        [training]
        batch = 8
        iterations = 6
        """;

    private ProblemFolder _folder = null!;

    [OneTimeSetUp]
    public void WriteFiles()
    {
        // Five rigs of eight samples; the flow is the rig's own.
        _folder = new();
        _folder.Write("in.csv", "rig,temp\n" + string.Join('\n', Enumerable.Range(0, ProblemFolder.Samples).Select(i => FormattableString.Invariant($"{i % 5},{20 - (0.3 * i)}"))));
        _folder.Write("out.csv", "flow,heat\n" + string.Join('\n', Enumerable.Range(0, ProblemFolder.Samples).Select(i => FormattableString.Invariant($"{0.5 * (i % 5)},{3 - (0.5 * (i % 5))}"))));
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void GroupsComeFromTheColumnAndTargetsMeetTheConstraint()
    {
        using var problem = _folder.Open(Text);
        var validation = problem.Data.Validation;
        Assert.That(problem.Constraints.Groups, Is.EqualTo(new[] { "rig" }));
        Assert.That(validation.Groups, Has.Length.EqualTo(8));
        double[] flows = [.. validation.Targets.Where((_, at) => at % 2 == 0)];
        for (var k = 0; k < 8; k++)
        {
            for (var l = 0; l < 8; l++) Assert.That(validation.Groups[k] == validation.Groups[l], Is.EqualTo(flows[k] == flows[l]));
        }
        var truth = Measured.Of(problem, problem.Data.All, problem.Data.All.Targets);
        Assert.That(truth.Violations.Max(), Is.Zero.Within(1e-12));
        Assert.That(problem.Data.All.Some(10).Groups, Has.Length.EqualTo(10));
    }

    [Test]
    public void SpreadsWithinGroupsAreThoseOfTheFormula()
    {
        using var problem = _folder.Open(Text);
        // Flows: in group 1 1, 3 and 5, in group 2 4 and 6, in group 3 9 alone; the sums are 3 and one is 4.
        double[] predictions = [1, 2, 4, -1, 3, 0, 9, -6, 5, -2, 6, -2];
        var measured = Measured.Of(problem, predictions, new double[12], [], [1, 2, 1, 3, 1, 2]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(measured.ViolationsOf(0), Is.EqualTo(new double[] { 2, 1, 0, 0, 2, 1 }).Within(1e-12));
            Assert.That(measured.ViolationsOf(1), Is.EqualTo(new double[] { 0, 0, 0, 0, 0, 1 }).Within(1e-12));
            Assert.That(measured.DeviationsOf(0), Is.EqualTo(new[] { Math.Sqrt(8 / 3.0), 1 }).Within(1e-12), "groups of one have none");
            Assert.That(measured.Values("perConstraintWithinSpread"), Is.EqualTo(new[] { Math.Sqrt(((8 / 3.0) + 1) / 2), double.NaN }).Within(1e-12));
            Assert.That(measured.Values("perConstraintWithinMedian")[0], Is.EqualTo((Math.Sqrt(8 / 3.0) + 1) / 2).Within(1e-12));
            Assert.That(measured.Values("withinSpread"), Is.EqualTo(new[] { Math.Sqrt(((8 / 3.0) + 1) / 2) }).Within(1e-12));
            Assert.That(measured.OfConstant([7, 7]).DeviationsOf(0), Is.All.Zero);
            Assert.That(measured.Some([0, 4]).ViolationsOf(0), Is.EqualTo(new double[] { 2, 2 }), "of the mean over all samples");
        }
        using var plain = _folder.Open(ProblemFolder.Sphere);
        Assert.That(MetricTable.Of(plain).Select(metric => metric.Key), Does.Not.Contain("withinSpread"));
    }

    [TestCase("same within rgi: flow", "a.toml, line 7, level: the samples of ", "have no column \"rgi\" to be the same within; choose one of rig, temp")]
    [TestCase("same within temp: flow", "a.toml, line 7, level: each of the 32 samples is a group of its own by \"temp\"", "take a column that several samples share")]
    [TestCase("same within rig: flow = 1", "a.toml, line 7, level: column 23: a row of \"same within\" has no comparison", "the mean of its group")]
    public void WhatCannotBeComparedIsOneLine(string row, string begin, string end)
    {
        var error = Assert.Throws<UserErrorException>(() => _folder.Open(Text.Replace("same within rig: flow", row)))!;
        Assert.That(error.Message, Does.StartWith(begin).And.EndsWith(end).And.Not.Contain("\n"));
    }

    [Test]
    public void ArraysOfImagesHaveNoColumns()
    {
        _folder.Npy("planes.npy", [.. Enumerable.Range(0, 40 * 9).Select(i => 0.1 * i)], 40, 1, 3, 3);
        var error = Assert.Throws<UserErrorException>(() => _folder.Open(Text.Replace("in.csv", "planes.npy").Replace("dense8", "conv2x2,dense8")))!;
        Assert.That(error.Message, Does.EndWith("have no column \"rig\" to be the same within; they have none"));
    }

    [Test]
    public void CheckTellsTheGroupsAndProvesTheDerivatives()
    {
        var file = _folder.Write("grouped.toml", Text);
        var (code, output, error) = ProblemFolder.Run("problem", "check", file, "--precision", "float64");
        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.Match(@"level: same within rig: flow; largest \|C\| of the targets 0\.0e\+0").And.Match(@"within rig: 5 groups of \d to \d samples, \d at the median in C; \d groups of"));
        Assert.That(output, Does.Contain("6 of 6 proofs hold"));
    }

    [TestCase("soft-adam", "--active 12 --per-group 4")]
    [TestCase("hard-sgd", "--active 12 --solver gram")]
    [TestCase("hard-sgd", "--active 12 --solver minres-qlp --per-group 3")]
    public void MethodsTrainOnItAndReportsTellTheSpread(string method, string options)
    {
        var file = _folder.Write("grouped.toml", Text);
        var run = _folder.At($"run-{method}-{options.Replace(' ', '_')}");
        var (code, output, error) = ProblemFolder.Run(["train", "--problem", file, "--method", method, .. options.Split(' '), "--out", run]);
        Assert.That((code, error), Is.EqualTo((0, "")), output);
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "summary.json")));
        var model = summary.RootElement.GetProperty("models")[0];
        Assert.That(model.GetProperty("withinSpread").GetDouble(), Is.Positive);
        Assert.That(model.GetProperty("perConstraintWithinSpread")[1].ValueKind, Is.EqualTo(JsonValueKind.Null), "the sum is a constraint on one sample");
        var page = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.That(page, Does.Contain("Spread of each value within its group"));
        Assert.That(File.Exists(Path.Combine(run, "figures", "within-spread.svg")));

        var path = Directory.GetFiles(Path.Combine(run, "models")).Single();
        (code, output, error) = ProblemFolder.Run("evaluate", "--model", path);
        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain("spread within groups").And.Contain("spread within").And.Contain("median within"));
        Predict(path);
    }

    [Test]
    public void ActiveSetsThatDoNotGoTogetherAreRefused()
    {
        var (grouped, plain) = (_folder.Write("grouped.toml", Text), _folder.Write("plain.toml", ProblemFolder.Sphere));
        string Fault(params string[] arguments)
        {
            var (code, _, error) = ProblemFolder.Run([.. arguments, "--out", _folder.At("refused")]);
            Assert.That(code, Is.EqualTo(2));
            Assert.That(Directory.Exists(_folder.At("refused")), Is.False);
            return error;
        }
        Assert.That(Fault("train", "--problem", grouped, "--method", "hard-sgd", "--active-set", "mined"), Does.Contain("--active-set").And.Contain("mining looks at samples one by one, and level is the same within rig; take random, which draws by groups"));
        Assert.That(Fault("train", "--problem", plain, "--method", "hard-sgd", "--per-group", "4"), Does.Contain("--per-group").And.Contain("no constraint of plain is the same within groups of samples; leave it out"));
        Assert.That(Fault("train", "--problem", grouped, "--method", "hard-sgd", "--per-group", "1"), Does.Contain("--per-group"));
    }

    [Test]
    public void TheBuiltInSubjectsAreGroupsOfThePack()
    {
        var folder = SmallPack();
        var spec = ProblemFile.Read("subjects");
        using var problem = Problem.Open(spec, spec.Data with { Pack = folder, Images = 0 }, new DataAccess(null, 1, _ => new Progress<(long, long)>(), CancellationToken.None));
        using var pack = Pack.Open(folder);
        var all = problem.Data.All;
        Assert.That(Enumerable.Range(0, all.Count).Select(k => pack.Subjects[all.Groups[k]]), Is.EqualTo(Enumerable.Range(0, all.Count).Select(pack.Subject)));
        Assert.That(Measured.Of(problem, all, all.Targets).Violations.Max(), Is.LessThan(1e-3), "mm: bodies keep their lengths");
        Assert.That(pack.Columns, Is.SupersetOf(new[] { "subject", "trial", "camera", "frame", "source" }));
        var frames = ProblemFile.Parse("frames.toml", spec.Text.Replace("within subject", "within root_x"), _folder.Path);
        Assert.That(
            () => Problem.Open(frames, frames.Data with { Pack = folder, Images = 0 }, new DataAccess(null, 1, _ => new Progress<(long, long)>(), CancellationToken.None)),
            Throws.InstanceOf<UserErrorException>().With.Message.Contains("is a group of its own by \"root_x\""));
    }

    /// <summary>C of each row is its distance from the mean of its rig in the file; a file without rigs is refused.</summary>
    private void Predict(string model)
    {
        var inputs = _folder.Write("more.csv", "rig,temp\n1,20\n2,20\n1,10\n");
        var table = _folder.At("predicted.csv");
        var (code, _, error) = ProblemFolder.Run("predict", "--model", model, "--inputs", inputs, "--csv", table);
        Assert.That((code, error), Is.EqualTo((0, "")));
        double[][] rows = [.. File.ReadAllLines(table).Skip(1).Select(line => line.Split(',').Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        Assert.That(rows.Select(row => row[2]), Is.EqualTo(new[] { (rows[0][0] - rows[2][0]) / 2, 0, (rows[2][0] - rows[0][0]) / 2 }).Within(1e-6));
        var unnamed = _folder.Write("unnamed.csv", "place,temp\n1,20\n2,20\n");
        (code, _, error) = ProblemFolder.Run("predict", "--model", model, "--inputs", unnamed);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("level: the samples of ").And.Contain("have no column \"rig\" to be the same within; choose one of place, temp"));
    }
}
