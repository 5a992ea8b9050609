using System.Text.RegularExpressions;
using System.Xml.Linq;
using PoseEngine.Experiments.Reports;
using ScottPlot;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>Charts inside pages: well-formed, in the page's colours, with values to be seen under the pointer.</summary>
public sealed class ChartSvgTests
{
    private static readonly SeriesStyle Style = new(Color.FromHex("#4A1486"), LinePattern.Dotted, MarkerShape.FilledSquare, 2);

    [Test]
    public void PointsTellTheirValues()
    {
        var curve = new Curve("a <b>", [new(1, 20, "iteration 5"), new(2, 40)], Style, 6);
        var titles = Titles(new Chart("key", "Title", new("time", "s", 0, 3), new("length", "mm", 0, 50), [curve]));
        Assert.That(titles, Is.EquivalentTo(new[] { "a <b>, iteration 5\ntime 1.00 s\nlength 20.0 mm", "a <b>\ntime 2.00 s\nlength 40.0 mm" }));
    }

    [Test]
    public void BarsTellTheirValuesAndLeaveGaps()
    {
        var chart = GroupedBars.Draw("key", "Title", ["first", "second"], ("|C|", "mm"), [new("one", Color.FromHex("#1565C0"), [1, double.NaN]), new("two", Style, [3, 4])]);
        Assert.That(Titles(chart), Is.EqualTo(new[] { "one, first\n1.00 mm", "two, first\n3.00 mm", "two, second\n4.00 mm" }));
        Assert.That(ChartSvg.Draw(chart), Does.Contain(">first</text>").And.Contain("class=\"bar soft\""));
    }

    [Test]
    public void OnlyPointsInsideHaveHovers()
    {
        var curve = new Curve("x", [new(1, 2), new(5, 2), new(1, double.NaN), new(double.PositiveInfinity, 1), new(1e300, 1)], Style);
        var chart = new Chart("key", "Title", new("x", "", 0, 3), new("y", "", 0, 3), [curve]);
        Assert.That(Titles(chart), Has.Count.EqualTo(1));
        Assert.That(ChartSvg.Draw(chart), Does.Not.Contain("NaN").And.Not.Contain("∞").And.Not.Contain("E+"));
    }

    [Test]
    public void LongCurvesHaveSomeHoversAndTheirLastPoint()
    {
        var curve = new Curve("x", [.. Enumerable.Range(0, 5000).Select(i => new ChartPoint(i, i))], Style);
        var titles = Titles(new Chart("key", "Title", new("x", "", 0, 5000), new("y", "", 0, 5000), [curve]));
        Assert.That(titles, Has.Count.InRange(20, 60));
        Assert.That(titles, Has.Some.Contains("4999"));
    }

    [Test]
    public void ALogarithmicAxisHasDecadesAndNoPlaceForZero()
    {
        var axis = ChartAxis.Around("residual", "", [1e-6, 1], .05, isLog: true);
        Assert.That(Ticks.Of(axis, 10).Where(tick => tick.Label.Length > 0).Select(tick => tick.Label), Is.EqualTo(new[] { "1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1", "1" }));
        Assert.That(axis.Place(0), Is.NaN);
        var chart = new Chart("key", "Title", new("x", "", 0, 3), axis, [new Curve("x", [new(1, 0), new(2, 1e-3)], Style)]);
        Assert.That(Titles(chart), Is.EqualTo(new[] { "x\nx 2.00\nresidual 0.00100" }));
    }

    [Test]
    public void ALogarithmicAxisOfLessThanADecadeHasRoundNumbers() => Assert.That(
        Ticks.Of(new("x", "", .12, .38) { IsLog = true }, 5).Select(tick => (tick.Label, Math.Round(tick.Place, 3))), Is.EqualTo(new[] { ("0.15", -.824), ("0.2", -.699), ("0.25", -.602), ("0.3", -.523), ("0.35", -.456) }));

    [TestCase(0, 10, "0 2 4 6 8 10")]
    [TestCase(126, 139, "126 128 130 132 134 136 138")]
    [TestCase(-.02, .021, "-0.02 -0.015 -0.01 -0.005 0 0.005 0.01 0.015 0.02")]
    [TestCase(0, 12_000, "0 2,000 4,000 6,000 8,000 10,000 12,000")]
    [TestCase(5, 5, "")]
    public void LinearTicksAreRound(double low, double high, string expected)
        => Assert.That(string.Join(' ', Ticks.Of(new("x", "", low, high), 6).Select(tick => tick.Label)), Is.EqualTo(expected));

    [Test]
    public void AUnitIsAsLongOnBothAxesWhereAsked()
    {
        ChartPoint[] square = [new(0, 0), new(1, 0), new(1, 1)];
        var svg = ChartSvg.Draw(new Chart("key", "Title", new("x", "", -1, 9), new("y", "", -1, 2), [new Curve("", square, Style)]) { HasSquareUnits = true });
        var numbers = Regex.Match(svg, "class=\"line\"[^>]* d=\"M([^\"]+)\"").Groups[1].Value.Split('L', ' ').Select(double.Parse).ToArray();
        Assert.That(numbers[2] - numbers[0], Is.EqualTo(numbers[3] - numbers[5]).Within(.11));
    }

    [Test]
    public void LongNamesAreBrokenOrTurned()
    {
        string Draw(string name) => ChartSvg.Draw(GroupedBars.Draw("key", "Title", [.. Enumerable.Repeat(name, 8)], ("y", ""), [new("one", Color.FromHex("#1565C0"), new double[8])]));
        Assert.That(Draw("short"), Does.Not.Contain("rotate(-35"));
        Assert.That(Draw("longer names"), Does.Not.Contain("rotate(-35").And.Contain(">longer</text>"));
        Assert.That(Draw("unbreakable-names"), Does.Contain("rotate(-35").And.Contain(">unbreakable-names</text>"));
    }

    [Test]
    public void ColoursAreVariablesThatStandOutOnDarkPaper()
    {
        var svg = ChartSvg.Draw(new Chart("key", "Title", new("x", "", 0, 3), new("y", "", 0, 3), [new Curve("x", [new(1, 2)], Style, 6) { Rim = Rim.Ink }]));
        Assert.That(svg, Does.Contain("--c:var(--s-4A1486)").And.Not.Match("(fill|stroke)=\"#"));
        Assert.That(PageColours.Definitions(svg), Does.Contain("--s-4A1486: #4A1486;").And.Match("prefers-color-scheme: dark.*--s-4A1486: #[89A-F]"));
        Assert.That(PageColours.OnDark("F59A7B"), Is.EqualTo("F59A7B"), "light enough already");
        Assert.That(PageColours.Definitions("no colours"), Is.Empty);
    }

    [Test]
    public void ALegendNamesEachSeriesOnce()
    {
        Chart Named(params string[] names) => new("key", "Title", new("x", "", 0, 3), new("y", "", 0, 3), [.. names.Select(name => new Curve(name, [new(1, 1)], Style, 6))]);
        var legend = ChartLegend.Draw([Named("a", "", "b"), Named("b", "c")]);
        Assert.That(Regex.Matches(legend, "</svg>([^<]+)</li>").Select(match => match.Groups[1].Value), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    private static List<string> Titles(Chart chart)
        => [.. XDocument.Parse(ChartSvg.Draw(chart)).Descendants().Where(e => e.Name.LocalName == "title").Select(e => e.Value)];
}
