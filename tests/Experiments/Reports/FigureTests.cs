using PoseEngine.Experiments.Reports;
using SkiaSharp;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>The figures are there, of the right size, with curves and with letters.</summary>
public sealed class FigureTests
{
    private static readonly string[] All =
    [
        "fig2a-error-violation", "fig2b-share-met", "constraint-medians", "learning-error", "learning-violation",
        "learning-loss", "krylov-iterations", "learning-unconstrained",
    ];

    private TempFolder _folder = null!;
    private IReadOnlyList<Chart> _charts = null!;

    [OneTimeSetUp]
    public void Draw()
    {
        _folder = new();
        var run = SyntheticRun.Write(_folder.At("run"));
        _charts = new RunCharts(RunData.Load(run)).All;
        PlotFiles.Write(_charts, run.FiguresPath);
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void AllAreDrawn() => Assert.That(_charts.Select(f => f.Key), Is.EqualTo(All));

    [TestCaseSource(nameof(All))]
    public void PngHasItsSizeManyColoursAndText(string key)
    {
        var chart = _charts.Single(f => f.Key == key);
        using var image = SKBitmap.Decode(_folder.At($"run/figures/{key}.png"));
        Assert.Multiple(() =>
        {
            Assert.That((image.Width, image.Height), Is.EqualTo((2 * PlotFiles.Width, 2 * chart.Height)));
            Assert.That(Colours(image), Is.GreaterThan(50));
            // The rotated axis label stands left of the tick labels; the legend at the right.
            Assert.That(DarkPixels(image, 0, 50), Is.GreaterThan(300), "no axis label");
            Assert.That(DarkPixels(image, image.Width - 220, image.Width), Is.GreaterThan(300), "no legend");
        });
    }

    [TestCaseSource(nameof(All))]
    public void SvgIsXmlWithPortableFontsAndPositionLists(string key)
    {
        var svg = System.Xml.Linq.XDocument.Load(_folder.At($"run/figures/{key}.svg"));
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").ToList();
        Assert.That(texts, Has.Count.GreaterThan(10));
        foreach (var text in texts)
        {
            Assert.That(text.Attribute("font-family")!.Value, Does.EndWith("Arial, Helvetica, sans-serif"));
            Assert.That(text.Attribute("x")!.Value, Does.Not.EndWith(","));
        }
    }

    [Test]
    public void TheFontIsTheOneInTheProgram()
    {
        ReportFont.Use();
        Assert.Multiple(() =>
        {
            Assert.That(ScottPlot.Fonts.Default, Is.EqualTo(ReportFont.Name));
            Assert.That(ScottPlot.Fonts.GetTypeface(ReportFont.Name, false, false).FamilyName, Is.EqualTo(ReportFont.Name));
            Assert.That(ScottPlot.Fonts.GetTypeface(ReportFont.Name, true, false).FontWeight, Is.EqualTo(700));
            // Every letter that names, labels and captions use.
            Assert.That(ScottPlot.Fonts.GetTypeface(ReportFont.Name, false, false).ContainsGlyphs("Az09 ληεδ|²−–%().".AsSpan()));
        });
    }

    [Test]
    public void ADivergedRunIsCutAndSaidSo() =>
        Assert.That(_charts[0].Caption, Does.Contain("Hard-SGD η=10 (812.0 mm error, 22.00 mm median |C|)"));

    [TestCase("unconstrained")]
    [TestCase("hard-sgd eta=1")]
    public void OneModelWithOneEvaluationIsEnough(string name)
    {
        var run = RunDirectory.Create(_folder.At(RunDirectory.FileName(name)), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line(name, 10));
        Assert.That(new RunCharts(RunData.Load(run)).All.Select(f => f.Key), Does.Contain("constraint-medians"));
    }

    [Test]
    public void NothingFiniteLeavesTheFiguresOut()
    {
        var run = RunDirectory.Create(_folder.At("lost"), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line("hard-sgd eta=1", 10, double.NaN, double.NaN) with { Loss = double.NaN });
        Assert.That(new RunCharts(RunData.Load(run)).All, Is.Empty);
    }

    [Test]
    public void RangeIgnoresATailOnlyWhenItWouldSquashTheRest()
    {
        var even = AxisRange.Robust(Enumerable.Range(1, 20).Select(i => (double)i), []);
        var tail = AxisRange.Robust(Enumerable.Range(1, 20).Select(i => i == 20 ? 1e6 : i), [25]);
        Assert.Multiple(() =>
        {
            Assert.That(even.Contains(1) && even.Contains(20));
            Assert.That(tail.High, Is.InRange(25, 40));
            Assert.That(AxisRange.Robust([1, 2, 3, 4000], [], ceiling: 10).High, Is.LessThan(12));
            Assert.That(AxisRange.Robust([double.NaN], []), Is.EqualTo(new AxisRange(0, 1)));
            Assert.That(AxisRange.Robust([5, 5], []).High, Is.GreaterThan(5));
        });
    }

    private static int Colours(SKBitmap image)
    {
        var seen = new HashSet<SKColor>();
        for (var y = 0; y < image.Height; y += 2)
            for (var x = 0; x < image.Width; x += 2)
                seen.Add(image.GetPixel(x, y));
        return seen.Count;
    }

    private static int DarkPixels(SKBitmap image, int from, int to)
    {
        var count = 0;
        for (var y = 0; y < image.Height; y++)
            for (var x = from; x < to; x++)
                if (image.GetPixel(x, y) is { Red: < 110, Green: < 110, Blue: < 110 })
                    count++;
        return count;
    }
}
