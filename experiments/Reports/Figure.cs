using System.Text.RegularExpressions;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace PoseEngine.Experiments.Reports;

/// <summary>A finished figure of the report.</summary>
/// <param name="Key">The file name without its ending.</param>
/// <param name="Title">The heading.</param>
/// <param name="Caption">What is shown and how to read it; plain text.</param>
/// <param name="Png">The picture.</param>
/// <param name="Width">The width at which it is meant to be seen, in CSS pixels.</param>
/// <param name="Height">The height at which it is meant to be seen.</param>
public sealed record Figure(string Key, string Title, string Caption, byte[] Png, int Width, int Height);

/// <summary>The common look of the plots and their two file formats.</summary>
internal static partial class FigureSheet
{
    public const int Width = 980, Height = 600;

    // PNG files have this many pixels for each one of the layout: sharp in print and on dense screens.
    private const int PixelRatio = 2;

    private const float LeftMargin = 72;

    private static readonly Color Ink = Color.FromHex("#222222");

    /// <summary>An empty plot in the house style. Titles belong to the page, so the picture carries none.</summary>
    public static Plot NewPlot(string xLabel, string yLabel)
    {
        ReportFont.Use();
        var plot = new Plot();
        plot.XLabel(xLabel, 16);
        plot.YLabel(yLabel, 16);
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.Label.Bold = false;
            axis.Label.ForeColor = Ink;
            axis.TickLabelStyle.FontSize = 14;
            axis.TickLabelStyle.ForeColor = Ink;
            if (axis.TickGenerator is NumericAutomatic ticks) ticks.TickDensity = .6;
        }
        // The measured size leaves no air between tick labels and axis label.
        plot.Axes.Left.MinimumSize = LeftMargin;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Color.FromHex("#E4E4E4");
        plot.Axes.Margins(0.02, 0.05);
        return plot;
    }

    /// <summary>Puts the legend beside the data, where it can hide nothing.</summary>
    public static void LegendBeside(Plot plot)
    {
        plot.Legend.FontSize = 14;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.SymbolWidth = 44;
        plot.Legend.InterItemPadding = new PixelPadding(4, 2);
        plot.ShowLegend(Edge.Right).Alignment = Alignment.UpperLeft;
    }

    /// <summary>Enough height for a legend of so many entries.</summary>
    public static int HeightFor(int legendEntries) => Math.Max(Height, 90 + 22 * legendEntries);

    /// <summary>Renders a plot and writes KEY.png and KEY.svg into the folder of figures.</summary>
    public static Figure Save(
        Plot plot, RunDirectory run, string key, string title, string caption, int width = Width, int height = Height)
        => Save(plot, run.FiguresPath, key, title, caption, width, height);

    /// <summary>Renders a plot and writes KEY.png and KEY.svg into a folder.</summary>
    public static Figure Save(
        Plot plot, string folder, string key, string title, string caption, int width = Width, int height = Height)
    {
        plot.ScaleFactor = 1;
        OutputFile.WriteBytes(
            Path.Combine(folder, key + ".svg"), Encoding.UTF8.GetBytes(Portable(plot.GetSvgXml(width, height))));
        plot.ScaleFactor = PixelRatio;
        var png = plot.GetImageBytes(width * PixelRatio, height * PixelRatio, ImageFormat.Png);
        OutputFile.WriteBytes(Path.Combine(folder, key + ".png"), png);
        return new(key, title, caption, png, width, height);
    }

    // Skia ends each list of glyph positions with a comma, which browsers take as an error and then ignore the list;
    // and it names the one font only.
    private static string Portable(string svg) =>
        TrailingComma().Replace(svg, "\"")
            .Replace($"font-family=\"{ReportFont.Name}\"", $"font-family=\"{ReportFont.Name}, Arial, Helvetica, sans-serif\"");

    [GeneratedRegex(", \"")]
    private static partial Regex TrailingComma();
}
