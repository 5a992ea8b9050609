using PoseEngine.Experiments.Reports;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

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
    private IReadOnlyList<Figure> _figures = null!;

    [OneTimeSetUp]
    public void Draw()
    {
        _folder = new();
        _figures = FigureSet.Draw(RunData.Load(SyntheticRun.Write(_folder.At("run"))));
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void AllAreDrawn() => Assert.That(_figures.Select(f => f.Key), Is.EqualTo(All));

    [TestCaseSource(nameof(All))]
    public void PngHasItsSizeManyColoursAndText(string key)
    {
        var figure = _figures.Single(f => f.Key == key);
        using var image = Image.Load<Rgb24>(File.ReadAllBytes(_folder.At($"run/figures/{key}.png")));
        Assert.Multiple(() =>
        {
            Assert.That((image.Width, image.Height), Is.EqualTo((2 * figure.Width, 2 * figure.Height)));
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
        Assert.That(_figures[0].Caption, Does.Contain("Hard-SGD η=10 (812.0 mm error, 22.00 mm median |C|)"));

    [TestCase("unconstrained")]
    [TestCase("hard-sgd eta=1")]
    public void OneModelWithOneEvaluationIsEnough(string name)
    {
        var run = RunDirectory.Create(_folder.At(RunDirectory.FileName(name)), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line(name, 10));
        Assert.That(FigureSet.Draw(RunData.Load(run)).Select(f => f.Key), Does.Contain("constraint-medians"));
    }

    [Test]
    public void NothingFiniteLeavesTheFiguresOut()
    {
        var run = RunDirectory.Create(_folder.At("lost"), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line("hard-sgd eta=1", 10, double.NaN, double.NaN) with { Loss = double.NaN });
        Assert.That(FigureSet.Draw(RunData.Load(run)), Is.Empty);
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

    private static int Colours(Image<Rgb24> image)
    {
        var seen = new HashSet<Rgb24>();
        for (var y = 0; y < image.Height; y += 2)
            for (var x = 0; x < image.Width; x += 2)
                seen.Add(image[x, y]);
        return seen.Count;
    }

    private static int DarkPixels(Image<Rgb24> image, int from, int to)
    {
        var count = 0;
        for (var y = 0; y < image.Height; y++)
            for (var x = from; x < to; x++)
                if (image[x, y] is { R: < 110, G: < 110, B: < 110 })
                    count++;
        return count;
    }
}
