namespace PoseEngine.Experiments.Reports;

/// <summary>A figure as data. <see cref="PlotFiles"/> draws it into PNG and SVG files, <see cref="ChartSvg"/> into a page.</summary>
/// <param name="Key">The name of its files without their endings.</param>
/// <param name="X">The axis at the bottom.</param>
/// <param name="Y">The axis at the left.</param>
/// <param name="Marks">What is drawn, the first at the back.</param>
internal sealed record Chart(string Key, string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<Mark> Marks)
{
    /// <summary>The height of a file where the legend is short.</summary>
    public const int UsualHeight = 600;

    /// <summary>What it shows of this data, in one sentence.</summary>
    public string Finding { get; init; } = "";

    public string Caption { get; init; } = "";

    /// <summary>The entries of the legend; the names of the marks in their order unless given.</summary>
    public IReadOnlyList<LegendEntry> Legend
    {
        get => field ?? [.. Marks.Where(mark => mark.Name.Length > 0).DistinctBy(mark => mark.Name).Select(mark => mark.Entry)];
        init;
    }

    /// <summary>The height of the files, whose width is <see cref="PlotFiles.Width"/>.</summary>
    public int Height { get; init; } = UsualHeight;

    /// <summary>Whether a unit is as long on both axes.</summary>
    public bool HasSquareUnits { get; init; }

    /// <summary>Whether a page gives it the whole width.</summary>
    public bool IsWide { get; init; }

    /// <summary>The same with files high enough for its legend.</summary>
    public Chart FitLegend() => this with { Height = Math.Max(UsualHeight, 90 + (22 * Legend.Count)) };
}

/// <summary>A name of the legend with how its marks look.</summary>
internal sealed record LegendEntry(string Name, SeriesStyle Style)
{
    /// <summary>What the legend of a file says behind the name, such as the number of configurations.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Whether it stands for a surface or bars instead of a line.</summary>
    public bool IsSurface { get; init; }

    public double Opacity { get; init; } = 1;
}
