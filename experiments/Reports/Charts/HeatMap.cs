using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>A table of values as coloured cells around the places 0, 1, 2, ... of both axes, whose names are their categories; a bar beside
/// the plot tells the colours.</summary>
/// <param name="Values">The rows from the top, a value a column; what is not finite stays empty.</param>
/// <param name="Scale">The colours.</param>
internal sealed record HeatMap(IReadOnlyList<IReadOnlyList<double>> Values, DivergingScale Scale) : Mark("", SeriesStyle.Plain(GroupedBars.Grey))
{
    // More cells beside each other leave no room for their values.
    private const int MostLabelled = 12;

    /// <summary>What the bar is called.</summary>
    public required string Label { get; init; }

    /// <summary>A cell in words, for hover texts.</summary>
    public required Func<int, int, string> Tell { get; init; }

    /// <summary>The cells that have a value, with their place on the axes.</summary>
    public IEnumerable<HeatCell> Cells => Values.SelectMany((row, r) => row.Select((value, c) => new HeatCell(r, c, Values.Count - 1 - r, value))).Where(cell => double.IsFinite(cell.Value));

    /// <summary>The value as a cell shows it, or "" where there is no room.</summary>
    public string TextOf(HeatCell cell)
    {
        if (Values.Count > MostLabelled) return "";
        var decimals = Scale.Limit >= 10 ? 0 : Scale.Limit >= 1 ? 1 : 2;
        var rounded = Math.Round(cell.Value, decimals);
        // Not "-0.0".
        return Num.Fixed(rounded == 0 ? 0 : rounded, decimals).Replace('-', '−');
    }

    /// <summary>A chart of such cells alone.</summary>
    public static Chart Draw(string key, string title, string x, string y, IReadOnlyList<string> names, HeatMap map) => new(
        key, title, new(x, "", -.5, names.Count - .5) { Categories = names }, new(y, "", -.5, names.Count - .5) { Categories = [.. names.Reverse()] }, [map]);
}

/// <summary>A cell of a heat map.</summary>
/// <param name="Row">From the top.</param>
/// <param name="Y">Its place on the axis, from the bottom.</param>
internal readonly record struct HeatCell(int Row, int Column, int Y, double Value);

/// <summary>Colours of values around 0: blue below, near white at 0, red above; told apart by those who see no green or no red.</summary>
/// <param name="Limit">The size from which on colours are full, above 0.</param>
internal sealed record DivergingScale(double Limit) : IColormap, IHasColorAxis
{
    // From the full blue to the full red.
    private static readonly Color[] Stops = [.. ((string[])["#2166AC", "#67A9CF", "#F4F4F2", "#EF8A62", "#B2182B"]).Select(hex => Color.FromHex(hex))];

    string IColormap.Name => "blue to red";

    IColormap IHasColorAxis.Colormap => this;

    ScottPlot.Range IHasColorAxis.GetRange() => new(-Limit, Limit);

    /// <summary>A scale that some values just fill.</summary>
    public static DivergingScale Around(IEnumerable<double> values)
        => new(values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max() is > 0 and var most ? most : 1);

    /// <summary>The colour of a value.</summary>
    public Color Of(double value) => GetColor(.5 + (.5 * Math.Clamp(value / Limit, -1, 1)));

    /// <summary>The colour of a share of the way from the full blue to the full red.</summary>
    public Color GetColor(double share)
    {
        var place = Math.Clamp(double.IsNaN(share) ? .5 : share, 0, 1) * (Stops.Length - 1);
        var below = Math.Min((int)place, Stops.Length - 2);
        return Stops[below].MixedWith(Stops[below + 1], place - below);
    }

    /// <summary>The ink that can be read on the colour of a value.</summary>
    public Color InkOn(double value) => Math.Abs(value) > .7 * Limit ? Colors.White : Color.FromHex("#222222");
}
