namespace PoseEngine.Experiments.Reports;

/// <summary>Numbers as people read them; a dash stands for a number that is missing or not finite.</summary>
internal static class Num
{
    public const string Missing = "–";

    /// <summary>A number with a fixed number of decimals; huge ones in powers of ten.</summary>
    public static string Fixed(double value, int decimals = 2) =>
        !double.IsFinite(value) ? Missing
        : Math.Abs(value) >= 1e5 ? value.ToString("0.0e+0", CultureInfo.InvariantCulture)
        : value.ToString("F" + decimals, CultureInfo.InvariantCulture);

    /// <summary>Three significant digits.</summary>
    public static string Short(double? value) =>
        value is not { } v || !double.IsFinite(v) ? Missing
        : v == 0 ? "0"
        : Math.Abs(v) is >= 1e5 or < 1e-4 ? v.ToString("0.00e+0", CultureInfo.InvariantCulture)
        : v.ToString("F" + Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(v))), 0, 6), CultureInfo.InvariantCulture);

    /// <summary>A power of ten with one decimal, such as 3.1e-7.</summary>
    public static string Scientific(double? value) =>
        value is not { } v || !double.IsFinite(v) ? Missing : v == 0 ? "0" : v.ToString("0.0e+0", CultureInfo.InvariantCulture);

    /// <summary>"1:02:03" or "2:03".</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0 || seconds > 1e8) return Missing;
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
    }

    /// <summary>A number with its sign and one decimal.</summary>
    public static string Signed(double value) => value.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    /// <summary>"36 % below" or "5 % above", what stands behind it.</summary>
    public static string Change(double value, double reference)
    {
        var percent = 100 * ((value / reference) - 1);
        return $"{Fixed(Math.Abs(percent), 0)} % {(percent <= 0 ? "below" : "above")}";
    }

    /// <summary>A number without decimals.</summary>
    public static string Whole(double? value) =>
        value is { } v && double.IsFinite(v) ? v.ToString("0", CultureInfo.InvariantCulture) : Missing;

    public static string Setting(object? value) => value switch
    {
        null => "null",
        bool b => b ? "yes" : "no",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
