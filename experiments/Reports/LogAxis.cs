using ScottPlot;
using ScottPlot.TickGenerators;

namespace PoseEngine.Experiments.Reports;

/// <summary>A logarithmic axis: data are plotted as log10 and the ticks say what they stand for.</summary>
internal static class LogAxis
{
    private const double NarrowDecades = 2.5;

    /// <summary>Labels 1, 2, 5 in each decade, or the decades alone when there are many.</summary>
    public static void Label(Plot plot, IEnumerable<double> logValues) => Label(plot.Axes.Left, logValues);

    /// <summary>The same for any axis.</summary>
    public static void Label(IAxis axis, IEnumerable<double> logValues)
    {
        var values = logValues.ToArray();
        var (low, high) = ((int)Math.Floor(values.Min()) - 1, (int)Math.Ceiling(values.Max()) + 1);
        var narrow = values.Max() - values.Min() < NarrowDecades;
        var step = Math.Max(1, (high - low) / 10);
        var ticks = new NumericManual();
        for (var decade = low; decade <= high; decade++)
            for (var digit = 1; digit <= 9; digit++)
                Add(ticks, decade, digit, digit == 1 ? narrow || decade % step == 0 : narrow && digit is 2 or 5 && narrow);
        axis.TickGenerator = ticks;
    }

    private static void Add(NumericManual ticks, int decade, int digit, bool labelled)
    {
        var position = decade + Math.Log10(digit);
        if (labelled)
            ticks.AddMajor(position, Text(digit * Math.Pow(10, decade)));
        else
            ticks.AddMinor(position);
    }

    private static string Text(double value) =>
        value is >= 0.001 and < 100_000 ? value.ToString("0.#####", CultureInfo.InvariantCulture)
        : value.ToString("0e+0", CultureInfo.InvariantCulture);
}
