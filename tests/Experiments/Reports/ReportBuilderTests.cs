using System.Text.RegularExpressions;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>The page: complete, self-contained, escaped, and rebuilt from whatever files there are.</summary>
public sealed class ReportBuilderTests
{
    // A PNG of one white pixel.
    private static readonly byte[] Pixel = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=");

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void AFinishedRunGivesACompletePage()
    {
        var run = SyntheticRun.Write(_folder.At("run"));
        File.WriteAllBytes(run.SkeletonSheetPath, Pixel);
        var html = File.ReadAllText(ReportBuilder.Build(run.Path));
        Assert.Multiple(() =>
        {
            Assert.That(Regex.Matches(html, "<svg class=\"chart\""), Has.Count.EqualTo(8));
            Assert.That(html, Does.Contain(Convert.ToBase64String(Pixel)));
            Assert.That(Regex.Matches(html, "<tr class=\"(unconstrained|soft|hard)"), Has.Count.EqualTo(11));
            Assert.That(html, Does.Contain("Soft-Adam λ=0.001, 39.1 mm error, median |C| 3.70 mm (−45 % against unconstrained)")
                .Or.Contain(System.Net.WebUtility.HtmlEncode("Soft-Adam λ=0.001, 39.1 mm error, median |C| 3.70 mm (−45 % against unconstrained)")));
            Assert.That(html, Does.Contain("165.0 mm for the mean pose").And.Contain("--penalty sum").And.Contain("poseengine pose --preset smoke"));
            Assert.That(html, Does.Not.Contain("has not finished"));
            // Hard-SGD beside the mean of the soft models, (3 * 0.12 + 2 * 0.09) / 5 s.
            Assert.That(html, Does.Contain("Hard against soft: cost").And.Contain("<td>0.800</td><td>7.41</td><td>41.0</td><td>3 to 32</td>").And.Contain("<td>103</td>"));
        });
    }

    [Test]
    public void ThePageHasContentsLegendsAndFindings()
    {
        var html = File.ReadAllText(ReportBuilder.Build(SyntheticRun.Write(_folder.At("run")).Path));
        var links = Regex.Matches(html, "<a href=\"#([^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(links, Has.Count.EqualTo(8).And.Unique);
            foreach (var link in links) Assert.That(Regex.Matches(html, $"id=\"{link}\""), Has.Count.EqualTo(1), link);
            Assert.That(Regex.Matches(html, "<ul class=\"legend\">"), Has.Count.EqualTo(3), "one a section");
            Assert.That(Regex.Matches(html, "<figcaption><strong>[^<]{20,}</strong>"), Has.Count.EqualTo(8), "a finding a figure");
            Assert.That(html, Does.Contain("Soft-Adam λ=0.001 reaches the least violation at comparable error: 3.70 mm, 45 % below unconstrained."));
            Assert.That(html, Does.Contain("<title>Soft-Adam λ=0.001, iteration 120\nmedian |C| on the validation data 3.70 mm\n"));
        });
    }

    [Test]
    public void SettingsThatAllModelsHaveAlikeStandOnceAboveTheTable()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        ModelSummary Model(string name, double eta) => SyntheticRun.Model(name) with { Settings = new Dictionary<string, object?> { ["eta"] = eta, ["batch"] = 32, [name] = 1 } };
        run.WriteSummary(SyntheticRun.Summary([Model("soft-a", 1), Model("soft-b", 2)]));
        Assert.That(File.ReadAllText(ReportBuilder.Build(run)), Does.Contain("where a method has it: batch=32.").And.Contain(">η=1, soft-a=1</td>").And.Contain(">η=2, soft-b=1</td>"));
    }

    [Test]
    public void ThePageFetchesNothingAndEscapesMarkup()
    {
        var html = File.ReadAllText(ReportBuilder.Build(SyntheticRun.Write(_folder.At("run"), steps: 2)));
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("<demo>").And.Not.Contain("<link"));
            Assert.That(html, Does.Contain("&lt;demo&gt;").And.Contain("&lt;script&gt;"));
            Assert.That(Regex.Matches(html, "(src|href)=\"(?!data:|#)"), Is.Empty);
            Assert.That(html, Does.Not.Contain("url(").And.Not.Contain("@import"));
        });
    }

    [Test]
    public void SolvesThatDidNotConvergeStandInTheTable()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        run.WriteSummary(SyntheticRun.Summary([SyntheticRun.Model("hard-sgd eta=10") with { Solves = 200, UnconvergedSolves = 37 }]));
        Assert.That(File.ReadAllText(ReportBuilder.Build(run)), Does.Contain("37 of 200 solves did not converge"));
    }

    [Test]
    public void NamesOfModelsAreEscaped()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line("soft-<b>\" x=\"<i>\"", 1));
        Assert.That(File.ReadAllText(ReportBuilder.Build(run)), Does.Not.Contain("<b>").And.Not.Contain("<i>"));
    }

    [Test]
    public void APartialRunGivesAPageThatSaysSo()
    {
        var run = SyntheticRun.Write(_folder.At("run"), finished: false);
        var html = File.ReadAllText(ReportBuilder.Build(run.Path));
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Contain("has not finished").And.Contain("(unfinished)"));
            Assert.That(Regex.Matches(html, "<tr class=\"(unconstrained|soft|hard)"), Has.Count.EqualTo(5));
            Assert.That(html, Does.Contain("fig2a-error-violation").And.Not.Contain("fig2b-share-met"));
        });
    }

    [Test]
    public void BuildingAgainGivesTheSameBytes()
    {
        var run = SyntheticRun.Write(_folder.At("run"), finished: false, steps: 3);
        var first = File.ReadAllBytes(ReportBuilder.Build(run.Path));
        Assert.That(File.ReadAllBytes(ReportBuilder.Build(run.Path)), Is.EqualTo(first));
    }

    [Test]
    public void DamagedOrMissingFilesAreTheUsersToMend()
    {
        Fails(_folder.At("nowhere"), "not a folder");
        Directory.CreateDirectory(_folder.At("empty"));
        Fails(_folder.At("empty"), "no config.json");
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        Fails(run.Path, "no evaluation yet");
        File.WriteAllText(run.SummaryPath, "{\"command\": \"pose\",\n \"preset\"");
        Fails(run.Path, "summary.json is damaged (line 2");
        File.WriteAllText(run.SummaryPath, "{}");
        Fails(run.Path, "summary.json is damaged");
        File.WriteAllText(run.ConfigPath, "[]");
        Fails(run.Path, "config.json is damaged");
    }

    [Test]
    public void ASheetThatIsNoPngIsRefused()
    {
        var run = SyntheticRun.Write(_folder.At("run"), finished: false, steps: 1);
        File.WriteAllText(run.SkeletonSheetPath, "hello");
        Fails(run.Path, "not a PNG");
    }

    [Test]
    public void TheHeadlineComparesAtComparableError()
    {
        ModelTrace[] models = [Trace("unconstrained", 40, 6), Trace("hard-sgd eta=1", 70, .5), Trace("hard-sgd eta=2", 43, 4), Trace("hard-sgd eta=3", double.NaN, 1)];
        var best = ModelRanking.Best(models[1..], models[0])!;
        var none = ModelRanking.Best(models[1..2], models[0])!;
        Assert.Multiple(() =>
        {
            Assert.That((best.Model.Name, best.Comparable), Is.EqualTo(("hard-sgd eta=2", true)));
            Assert.That((none.Model.Name, none.Comparable), Is.EqualTo(("hard-sgd eta=1", false)));
            Assert.That(ModelRanking.Best(models[3..], models[0]), Is.Null);
        });
    }

    [TestCase("soft-adam lambda=0.001", "Soft-Adam λ=0.001")]
    [TestCase("hard-gn eta=10 beta=2", "Hard-GN η=10 beta=2")]
    [TestCase("soft-sgd", "Soft-SGD")]
    [TestCase("", "")]
    public void NamesAreWrittenForPeople(string name, string pretty) =>
        Assert.That(MethodClasses.Pretty(name), Is.EqualTo(pretty));

    private static ModelTrace Trace(string name, double error, double median) =>
        new(SyntheticRun.Model(name, error, median), [], Finished: true);

    private static void Fails(string path, string part)
    {
        var error = Assert.Throws<UserErrorException>(() => ReportBuilder.Build(path))!;
        Assert.That(error.Message, Does.Contain(part).And.Not.Contain("\n"));
    }
}
