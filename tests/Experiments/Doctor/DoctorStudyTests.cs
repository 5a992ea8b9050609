using PoseEngine.Cpu;
using PoseEngine.Experiments.Doctor;
using PoseEngine.Experiments.Problems;
using PoseEngine.Experiments.Runs;
using PoseEngine.Tests.Experiments.Problems;

namespace PoseEngine.Tests.Experiments.Doctor;

/// <summary>What the doctor finds of causes that were put in on purpose, in both precisions.</summary>
[TestFixture(false)]
[TestFixture(true)]
public class DoctorStudyTests(bool isDouble)
{
    private const string Row = "sphere = \"norm(y) = 10\"";
    private static readonly DoctorPlan Plan = new(6, 3, 30, 1, 8, 4, 1);
    private ProblemFolder _folder = null!;

    [OneTimeSetUp]
    public void Make() => _folder = new ProblemFolder();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void AConstraintTwiceIsAParallelPairAndARankThatIsMissing()
    {
        var model = Study($"{Row}\nagain = \"2 norm(y) = 20\"");
        Assert.That((model.Rows.Count, model.Rows.Spectrum.Rank, model.Rows.ContradictionShare), Is.EqualTo((12, 6, 0.0)));
        foreach (var pair in model.Rows.Pairs)
        {
            Assert.That(model.Rows.Names[pair.First], Does.Match(@"^row \d+, sphere$"));
            Assert.That(model.Rows.Names[pair.Second], Is.EqualTo(model.Rows.Names[pair.First].Replace("sphere", "again")));
            Assert.That(pair.Cosine, Is.EqualTo(1).Within(1e-6));
        }
        Assert.That(model.Rows.Kinds.Select(kind => kind.Spread.Pairs), Is.EqualTo(new long[] { 6, 30, 30 }));
        Assert.That(model.Rows.Kinds[0].Spread.NearShare, Is.EqualTo(1));
        Assert.That(Verdicts(model)[0], Is.EqualTo("holds"));
    }

    [Test]
    public void ConstraintsThatCannotHoldTogetherAreNamed()
    {
        var model = Study("small = \"norm(y) = 10\"\nlarge = \"norm(y) = 12\"");
        Assert.That(model.Rows.Spectrum.Rank, Is.EqualTo(6));
        Assert.That(model.Rows.Contradictory, Has.Count.EqualTo(4));
        // Each sample's norm is asked to be 10 and 12: 11 is the best, and 1 is missed by each of 12 rows.
        var rows = model.Trial(StepKind.Hard).Whole.Predicted;
        Assert.That(rows, Is.EqualTo(1).Within(isDouble ? 1e-9 : 1e-4), "the median |C| that the step promises");
        Assert.That(Verdicts(model)[0], Is.EqualTo("holds"));
    }

    [Test]
    public void InequalitiesThatHoldHaveNoGradientAndAreNoDependentRows()
    {
        var model = Study($"{Row}\nfar = \"norm(y) <= 1000 + x1\"");
        Assert.That(model.Rows.Zero.Select(i => model.Rows.Names[i]), Has.Exactly(6).EndsWith(", far"));
        Assert.That(model.Rows.Spectrum.Rank, Is.EqualTo(6));
        Assert.That(Verdicts(model)[0], Is.Not.EqualTo("holds"));
    }

    [Test]
    public void FiguresFitTogetherAndAreTheSameAgain()
    {
        var (model, again) = (Study(Row), Study(Row));
        Assert.That(model.Projected, Is.Not.Null);
        Assert.That(model.Projected!.Failed, Is.Zero);
        Assert.That(model.Projected.Error, Is.Not.EqualTo(model.Start.Error));
        Assert.That(model.Projected.Largest, Is.LessThan(1e-9), "held-back samples meet their constraint");
        var hard = model.Trial(StepKind.Hard);
        Assert.That(hard.Whole.Predicted, Is.LessThan(1e-4 * model.Rows.MedianViolation), "Eq. 5 meets the linearized constraints");
        Assert.That(model.Trial(StepKind.Correction).SpanShare, Is.EqualTo(1).Within(1e-4));
        Assert.That(model.Forgetting.Select(of => of.Kind.Key), Is.EqualTo(new[] { "hard", "damped", "soft" }));
        foreach (var trial in model.Trials)
        {
            // A short step is as it promises, whatever the whole one does.
            var shortest = trial.Points[^1];
            Assert.That(shortest.Actual, Is.EqualTo(shortest.Predicted).Within(.05 * model.Rows.MedianViolation), trial.Kind.Title);
        }
        // The first step of the matrix is the step that was tried: the set of the first step is the active set.
        var first = model.Forgetting[0].Matrix.Levels;
        Assert.That(first[0][0], Is.EqualTo(model.Rows.MedianViolation).Within(isDouble ? 1e-12 : 1e-5), "another batch, another rounding");
        Assert.That(first[1][0], Is.EqualTo(hard.Whole.Actual).Within(isDouble ? 1e-12 : 1e-5));
        Assert.That(model.Forgetting[0].Others[1], Is.EqualTo(hard.Whole.Others));

        Assert.That(again.Rows.Spectrum.Spectrum, Is.EqualTo(model.Rows.Spectrum.Spectrum));
        Assert.That(again.Trials.SelectMany(trial => trial.Points), Is.EqualTo(model.Trials.SelectMany(trial => trial.Points)));
        Assert.That(again.Forgetting.SelectMany(of => of.Matrix.Levels), Is.EqualTo(model.Forgetting.SelectMany(of => of.Matrix.Levels)));
    }

    [Test]
    public void ModelsThatAreLostHaveMatricesWithoutNumbers()
    {
        var model = Study(Row, Plan with { Eta = isDouble ? 1e-300 : 1e-30 });
        Assert.That(model.Forgetting[0].Matrix.Levels[0], Has.None.NaN);
        Assert.That(model.Forgetting[0].Matrix.Own, Is.NaN);
        Assert.That(DoctorTables.Forgetting(model).Lines().Count(), Is.EqualTo(4), "the table says so by dashes");
        Assert.That(new DoctorFigures(model, "").All.Select(Draw), Has.None.Contains("NaN"));
    }

    [TestCase(null, 40, 6, 40, 5)]
    [TestCase(null, 10_000, 6, 128, 128)]
    [TestCase(null, 10_000, 12, 64, 64)]
    [TestCase(100, 10_000, 6, 100, 100)]
    [TestCase(null, 10_000, 1000, 1, 1)]
    public void SizesFitTheData(int? active, int samples, int each, int expected, int set)
        => Assert.That((Plan with { Active = active, Steps = 8 }).Sizes(samples, each), Is.EqualTo((expected, set)));

    [TestCase(500, 10_000, 6, "--active 500: 3000 constraint rows, at most 2048 are taken apart; take --active 341 or fewer")]
    [TestCase(50, 40, 6, "--active 50: there are only 40 samples under constraints")]
    [TestCase(null, 2, 1, "--steps 3: each step has samples of its own, and there are only 2")]
    [TestCase(null, 40, 3000, "a sample has 3000 constraint rows")]
    public void SizesThatDoNotAreRefused(int? active, int samples, int each, string message)
        => Assert.That(() => (Plan with { Active = active }).Sizes(samples, each), Throws.TypeOf<UserErrorException>().With.Message.Contains(message));

    private static string Draw(PoseEngine.Experiments.Reports.Chart chart) => PoseEngine.Experiments.Reports.ChartSvg.Draw(chart);

    private static string[] Verdicts(ModelDiagnosis model) => [.. DoctorReading.Suspicions(model).Select(suspicion => suspicion.Verdict)];

    private ModelDiagnosis Study(string constraints, DoctorPlan? plan = null)
        => isDouble ? Study<double>(constraints, plan ?? Plan) : Study<float>(constraints, plan ?? Plan);

    private ModelDiagnosis Study<T>(string constraints, DoctorPlan plan)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var device = new CpuDevice<T>(1);
        using var problem = _folder.Open(ProblemFolder.Sphere.Replace(Row, constraints));
        var network = new ProblemParts<T>(device, problem).Network;
        using var study = new DoctorStudy<T>(network, ProblemDevice<T>.InitialWeights(network, 3), problem, plan, new Progress<(long, long)>(), CancellationToken.None);
        var (rows, start, projected, trials, forgetting) = study.Run();
        return new ModelDiagnosis("model", "model.safetensors", "", [], rows, start, projected, trials, forgetting, 0);
    }
}
