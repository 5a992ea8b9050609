using System.Xml.Linq;
using PoseEngine.Experiments.Reports;
using SkiaSharp;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>Tables of values as coloured cells, in pages and in files.</summary>
public class HeatMapTests
{
    private static readonly Chart Drawn = HeatMap.Draw(
        "heat", "Title", "column", "row", ["1", "2"],
        new HeatMap([[-4, 0], [2, double.NaN]], DivergingScale.Around([-4, 0, 2, double.NaN])) { Label = "change (mm)", Tell = (row, column) => $"row {row}, column {column}" });

    [Test]
    public void ColoursDivergeFromNearWhite()
    {
        var scale = new DivergingScale(4);
        Assert.That((scale.Of(-4).ToHex(), scale.Of(0).ToHex(), scale.Of(4).ToHex()), Is.EqualTo(("#2166AC", "#F4F4F2", "#B2182B")));
        Assert.That((scale.Of(-2).ToHex(), scale.Of(2).ToHex()), Is.EqualTo(("#67A9CF", "#EF8A62")));
        Assert.That((scale.Of(-100).ToHex(), scale.Of(100).ToHex()), Is.EqualTo((scale.Of(-4).ToHex(), scale.Of(4).ToHex())), "beyond the limit full");
        Assert.That((DivergingScale.Around([1, -3, double.NaN]).Limit, DivergingScale.Around([0, 0]).Limit, DivergingScale.Around([]).Limit), Is.EqualTo((3.0, 1.0, 1.0)));
    }

    [Test]
    public void APageHasACellAValueFromTheTopWithItsWordsAndABar()
    {
        var svg = ChartSvg.Draw(Drawn);
        var cells = XDocument.Parse(svg).Descendants().Where(e => e.Name.LocalName == "rect" && e.Elements().Any()).ToList();
        Assert.That(cells.Select(cell => cell.Elements().Single().Value), Is.EqualTo(new[] { "row 0, column 0", "row 0, column 1", "row 1, column 0" }), "what is no number has no cell");
        Assert.That(cells.Select(cell => cell.Attribute("style")!.Value), Is.EqualTo(new[] { "fill:#2166AC", "fill:#F4F4F2", "fill:#EF8A62" }), "no variable: what they mean is the same on dark paper");
        Assert.That((double)cells[0].Attribute("y")!, Is.LessThan((double)cells[2].Attribute("y")!), "the first row stands above");
        Assert.That(svg, Does.Contain(">−4.0</text>").And.Contain(">0.0</text>").And.Contain(">change (mm)</text>"));
    }

    [Test]
    public void NoCellSaysMinusZeroAndManyHaveNoText()
    {
        var map = (HeatMap)Drawn.Marks[0];
        Assert.That(map.TextOf(new HeatCell(0, 0, 0, -.01)), Is.EqualTo("0.0"));
        var many = map with { Values = [.. Enumerable.Repeat<IReadOnlyList<double>>([1], 13)] };
        Assert.That(many.TextOf(new HeatCell(0, 0, 0, 1)), Is.Empty);
    }

    [Test]
    public void FilesHaveTheColours()
    {
        using var folder = new TempFolder();
        PlotFiles.Write(Drawn, folder.Path);
        using var image = SKBitmap.Decode(folder.At("heat.png"));
        var seen = image.Pixels.Select(pixel => $"#{pixel.Red:X2}{pixel.Green:X2}{pixel.Blue:X2}").ToHashSet();
        Assert.That(seen, Does.Contain("#2166AC").And.Contain("#EF8A62").And.Contain("#F4F4F2"));
        Assert.That(XDocument.Load(folder.At("heat.svg")).Descendants().Count(e => e.Name.LocalName == "text"), Is.GreaterThan(8));
    }
}
