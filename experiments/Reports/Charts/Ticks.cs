namespace PoseEngine.Experiments.Reports;

/// <summary>A mark on an axis; without a label it is a minor one.</summary>
internal readonly record struct Tick(double Place, string Label);

internal static class Ticks
{
    private const double NarrowDecades = 2.5;

    /// <summary>The marks within the limits, about so many of them with labels.</summary>
    public static IReadOnlyList<Tick> Of(ChartAxis axis, int wanted) =>
    [
        .. (axis.Categories.Count > 0 ? axis.Categories.Select((name, i) => new Tick(i, name)) : axis.IsLog ? Logarithmic(axis, wanted) : Linear(axis, wanted))
            .Where(tick => tick.Place >= axis.From && tick.Place <= axis.To),
    ];

    /// <summary>Multiples of 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<Tick> Linear(ChartAxis axis, int wanted)
    {
        var rough = (axis.High - axis.Low) / wanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { < 1.4 => 1, < 3 => 2, < 7 => 5, _ => 10 });
        if (!double.IsFinite(step) || !(step > 0)) yield break;
        for (var i = Math.Ceiling(axis.Low / step); i * step <= axis.High; i++) yield return new(i * step, Text(i * step));
    }

    /// <summary>1, 2, 5 in each decade, or decades alone where there are many.</summary>
    private static IEnumerable<Tick> Logarithmic(ChartAxis axis, int wanted)
    {
        // Within a decade round numbers say more.
        if (axis.To - axis.From < 1) return Linear(axis, wanted).Select(tick => tick with { Place = Math.Log10(tick.Place) });
        var (low, high) = ((int)Math.Floor(axis.From), (int)Math.Ceiling(axis.To));
        var isNarrow = axis.To - axis.From < NarrowDecades;
        var step = Math.Max(1, (int)Math.Ceiling((high - low) / (double)wanted));
        return Enumerable.Range(low, high - low + 1).SelectMany(decade => Enumerable.Range(1, 9).Select(digit =>
        {
            var isLabelled = digit == 1 ? isNarrow || decade % step == 0 : isNarrow && digit is 2 or 5;
            return new Tick(decade + Math.Log10(digit), isLabelled ? Text(digit * Math.Pow(10, decade)) : "");
        }));
    }

    private static string Text(double value) => Math.Abs(value) switch
    {
        < 1e-12 => "0",
        < 0.001 or >= 1e6 => value.ToString("0.##e+0", CultureInfo.InvariantCulture),
        >= 1000 => value.ToString("#,0.##", CultureInfo.InvariantCulture),
        _ => value.ToString("0.#####", CultureInfo.InvariantCulture),
    };
}
