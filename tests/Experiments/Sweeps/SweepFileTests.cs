using PoseEngine.Experiments;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>TOML files of sweeps: what they mean, and one clear error for whatever they must not say.</summary>
public class SweepFileTests
{
    private const string Grid = "[[grid]]\nmethod = \"soft-adam\"\n";

    private static SweepSpec Parse(string path, string text) => SweepFile.Parse(path, text, PoseProblem.Spec);

    [Test]
    public void TheExampleOfTheHelpIsASweep()
    {
        var spec = Parse("study.toml", SweepFile.Example);
        Assert.Multiple(() =>
        {
            Assert.That(spec.Name, Is.EqualTo("eta-study"));
            Assert.That(spec.Seeds, Is.EqualTo(new[] { 1L, 2, 3 }));
            Assert.That(spec.Data.Images, Is.EqualTo(2000));
            Assert.That(spec.Unconstrained.Iterations, Is.EqualTo(1000));
            Assert.That(spec.Unconstrained.EvaluateEvery, Is.EqualTo(100), "a tenth");
            Assert.That(spec.Configurations.Select(c => c.Label), Is.EqualTo(new[]
            {
                "soft-adam lambda=0.0001", "soft-adam lambda=0.001", "soft-adam lambda=0.01",
                "lagrangian tau=3", "lagrangian tau=10",
                "hard-sgd eta=300 active-set=random active=16", "hard-sgd eta=300 active-set=random active=128",
                "hard-sgd eta=1000 active-set=random active=16", "hard-sgd eta=1000 active-set=random active=128",
                "hard-sgd eta=3000 active-set=random active=16", "hard-sgd eta=3000 active-set=random active=128",
                "hard-sgd eta=100 delta=0.3 average=0.97", "hard-sgd eta=100 delta=1 average=0.97", "hard-sgd eta=100 delta=10 average=0.97",
                "soft-sgd eta=1000 active-set=mined active=16 mining-pool=512 lambda-schedule=geometric:0.01:100 momentum=0",
                "soft-sgd eta=1000 active-set=mined active=16 mining-pool=512 lambda-schedule=geometric:0.01:100 momentum=0.9",
                "hard-adam active=16 warmup=100 epsilon=1e-08", "hard-adam active=16 warmup=100 epsilon=0.01",
            }));
            Assert.That(spec.Configurations[6].Plan.Settings, Is.EqualTo(PoseProblem.Settings("hard-sgd eta=300 active=128")));
            Assert.That(spec.Configurations[0].Plan, Is.EqualTo(new ModelPlan(PoseProblem.Settings("soft-adam lambda=1e-4"), 200, 50)));
            Assert.That(spec.Cells, Has.Count.EqualTo(3 * (1 + 18)));
        });
    }

    [Test]
    public void EverySettingOfAGridReachesItsMethod()
    {
        var spec = Parse(
            "a.toml",
            """
            [[grid]]
            method = ["hard-sgd"]
            eta = 1e3
            active = 4
            solver = "minres-qlp"
            tolerance = 1e-7
            max-krylov = 12
            [[grid]]
            method = ["soft-adam", "soft-sgd"]
            lambda = [0, 1]
            penalty = "mean"
            """);
        Assert.Multiple(() =>
        {
            var hard = spec.Configurations[0].Plan.Settings;
            Assert.That((hard.Get(Setting.Eta), hard.ActiveSamples, hard.Get(Setting.Tolerance), hard.Get(Setting.MaxKrylov)), Is.EqualTo((1000.0, 4, 1e-7, 12)));
            Assert.That(hard.UsesKrylov);
            Assert.That(spec.Configurations.Skip(1).Select(c => (c.Plan.Settings.Method.Name, c.Plan.Settings.Get(Setting.Lambda)[0])), Is.EqualTo(new[]
            {
                ("soft-adam", 0.0), ("soft-adam", 1.0), ("soft-sgd", 0.0), ("soft-sgd", 1.0),
            }));
            Assert.That(spec.Configurations[1].Plan.Settings.Get(Setting.Penalty), Is.EqualTo(PoseEngine.Functions.PenaltyForm.Mean));
            Assert.That(spec.Name, Is.EqualTo("a"), "the file's");
        });
    }

    /// <summary>Iterations that were measured are those of the sweep that was begun; rate and average follow from them.</summary>
    [Test]
    public void SecondsBecomeTheIterationsOfTheSweepThatWasBegun()
    {
        var spec = Parse("a.toml", Grid + "lambda = [1, 2]\nseconds = 5");
        Assert.That(SweepTimes.AreNeeded(spec));
        var begun = SweepDirectory.PlanOf(spec with { Configurations = [.. spec.Configurations.Select((c, i) => c with { Plan = c.Plan with { Iterations = 40 + (42 * i) } })] }, "", "", "float32", []);
        var resolved = SweepTimes.From(spec, begun).Configurations;
        Assert.That(resolved.Select(c => (c.Plan.Iterations, c.Plan.EvaluateEvery)), Is.EqualTo(new[] { (40, 10), (82, 21) }));
        Assert.That(resolved.Select(c => c.Plan.Settings.Get(Setting.Average)), Is.EqualTo(new[] { 0.75, 1 - (10 / 82.0) }));
        Assert.That(resolved[1].Plan.Settings.Get(Setting.RateSchedule), Is.EqualTo(PoseEngine.Training.RateSchedule.Cosine(82, 0.01)));
        Assert.That(resolved.Select(c => c.Label), Is.EqualTo(spec.Configurations.Select(c => c.Label)));
    }

    [TestCase("seeds = [1]", "a.toml, line 1: there is no [[grid]] table")]
    [TestCase("sneeds = [1]\n" + Grid, "a.toml, line 1, sneeds: no such key here; allowed are name, seeds, batch")]
    [TestCase("seeds = []\n" + Grid, "a.toml, line 1, seeds: an empty list")]
    [TestCase("seeds = [1, 2, 1]\n" + Grid, "line 1, seeds: 1 stands there twice")]
    [TestCase("seeds = [-1]\n" + Grid, "line 1, seeds: -1 is not allowed; give a whole number of 0 or more")]
    [TestCase("seeds = 1.5\n" + Grid, "line 1, seeds: 1.5 is not allowed")]
    [TestCase("batch = \"big\"\n" + Grid, "line 1, batch: \"big\" is not allowed; give a whole number from 1 to 16384")]
    [TestCase("batch = [1, 2]\n" + Grid, "line 1, batch: one value is allowed here, not a list")]
    [TestCase("name = \" \"\n" + Grid, "line 1, name: 1 to 100 characters")]
    [TestCase("[date]\nimages = 9\n" + Grid, "line 1, [date]: no such table; allowed are [data], [unconstrained] and [[grid]]")]
    [TestCase("[data]\nimages = 4\n" + Grid, "line 2, images: 4 is not allowed; give a whole number from 5")]
    [TestCase("[data]\ndifficulty = 1.5\n" + Grid, "line 2, difficulty: 1.5 is not allowed; give a number from 0 to 1")]
    [TestCase("[data]\nsplit = \"odd\"\n" + Grid, "line 2, split: \"odd\" is not allowed; give random, subject, or the share that is held back, such as 0.2")]
    [TestCase("[data]\nsplit = 1.5\n" + Grid, "line 2, split: 1.5 is not allowed")]
    [TestCase(Grid + "seconds = 5\niterations = 3", "line 4, iterations: follows from seconds; leave one of both out")]
    [TestCase(Grid + "seconds = 0", "line 3, seconds: 0 is not allowed")]
    [TestCase("[data]\nlabelled = 2\n" + Grid, "line 2, labelled: 2 is not allowed")]
    [TestCase("[data]\nconstrained = 0\n" + Grid, "line 2, constrained: 0 is not allowed")]
    [TestCase("[data]\npack = \"p\"\nimages = 9\n" + Grid, "line 3, images: has no effect on a pack")]
    [TestCase("[unconstrained]\niterations = 0\n" + Grid, "line 2, iterations: 0 is not allowed; give a whole number of 1 or more")]
    [TestCase("[grid]\nmethod = \"soft-adam\"", "line 1, [grid]: write [[grid]]")]
    [TestCase("[[grid]]\nlambda = 1", "line 1, [[grid]]: method is missing; choose from soft-sgd, soft-adam, lagrangian, hard-sgd, hard-adam, hard-gn, hard-lm, projected-adam")]
    [TestCase("[[grid]]\nmethod = \"unconstrained\"", "line 2, method: \"unconstrained\" is not allowed; give one of soft-sgd, soft-adam, lagrangian, hard-sgd, hard-adam, hard-gn, hard-lm, projected-adam")]
    [TestCase(Grid + "eta = 3", "line 3, eta: is no setting of soft-adam; allowed are lambda, rate, penalty, lambda-schedule, active-set, active, mining-pool, per-group, epsilon, rate-schedule")]
    [TestCase(Grid + "lambda = [1e-3,\n  -2]", "line 4, lambda: -2 is not allowed; give a number of 0 or more")]
    [TestCase(Grid + "lambda = [1e-3, 0.001]", "line 3, lambda: 0.001 stands there twice")]
    [TestCase(Grid + "lambda = nan", "line 3, lambda: NaN is not allowed")]
    [TestCase(Grid + "lambda = true", "line 3, lambda: true is not allowed; give a number of 0 or more")]
    [TestCase(Grid + "lambda = [[1]]", "line 3, lambda: numbers, texts and lists of them are allowed here, nothing nested")]
    [TestCase(Grid + "active = 20000", "line 3, active: 20000 is not allowed; give a whole number from 1 to 16384")]
    [TestCase(Grid + "active = 99999999999", "line 3, active: 99999999999 is not allowed")]
    [TestCase(Grid + "active-set = \"best\"", "line 3, active-set: \"best\" is not allowed; give one of random, mined")]
    [TestCase("[[grid]]\nmethod = \"hard-sgd\"\nsolver = \"gram\"\nactive = 5000", "line 3, solver: \"gram\": an active set of 5000 samples has 30000 constraint rows")]
    [TestCase(Grid + "lambda = 1\n" + Grid + "lambda = 1", "line 4, [[grid]]: \"soft-adam lambda=1\" is in the sweep already")]
    [TestCase(Grid + Grid + "lambda = 1e-3", "line 3, [[grid]]: \"soft-adam lambda=0.001\" is in the sweep already, as \"soft-adam\"")]
    [TestCase(Grid + "lambda = ", "a.toml, line 3: is not TOML")]
    [TestCase(Grid + "lambda = 1\nlambda = 2", "a.toml, line 4: is not TOML")]
    public void WhatIsNotAllowedIsNamedWithFileLineAndKey(string text, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => Parse("a.toml", text));
        Assert.That(error!.Message, Does.Contain(message));
        Assert.That(error.Message, Does.StartWith("a.toml, line").And.Not.Contain("\n"));
    }

    [Test]
    public void ASweepOfTooManyCellsIsASlip()
    {
        var numbers = string.Join(", ", Enumerable.Range(1, 400));
        var error = Assert.Throws<UserErrorException>(() => Parse("a.toml", $"seeds = [{numbers}]\n{Grid}lambda = [{numbers}]"));
        Assert.That(error!.Message, Does.Contain("the sweep would have").And.Contain("100000 are allowed"));
    }

    [Test]
    public void Fig2HasTheMethodsAndSettingsOfThePaper([Values("smoke", "quick", "paper")] string preset)
    {
        var spec = SweepFile.OfPreset(preset, PoseProblem.Spec);
        var methods = spec.Configurations.GroupBy(c => c.Plan.Settings.Method.Name).ToDictionary(g => g.Key, g => g.Select(c => c.Plan.Settings).ToList());
        Assert.Multiple(() =>
        {
            Assert.That(spec.Seeds, Has.Count.GreaterThan(1));
            Assert.That(methods.Keys, Is.EquivalentTo(new[] { "soft-sgd", "soft-adam", "hard-sgd", "hard-adam" }));
            Assert.That(methods["soft-adam"].Select(s => s.Get(Setting.Rate)), Is.All.EqualTo(1e-3));
            var sgd = methods["soft-sgd"];
            Assert.That(sgd, Has.Count.EqualTo(sgd.Select(s => s.Get(Setting.Lambda)).Distinct().Count() * sgd.Select(s => s.Get(Setting.Eta)).Distinct().Count()));
            Assert.That(methods["hard-sgd"].Select(s => s.ActiveSamples), Does.Contain(16).And.Contain(preset == "smoke" ? 32 : 128));
            Assert.That(spec.Cells.Select(c => c.Folder), Is.Unique);
            Assert.That(spec.Cells.Take(1).Select(c => c.Name), Is.EqualTo(new[] { "unconstrained seed=1" }), "a start comes before what starts from it");
            Assert.That(spec.Cells.Where(c => c.Start is null).Select(c => c.Seed), Is.EqualTo(spec.Seeds));
        });
    }
}
