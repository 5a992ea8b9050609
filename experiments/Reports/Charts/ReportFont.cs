using System.Reflection;
using ScottPlot;
using SkiaSharp;

namespace PoseEngine.Experiments.Reports;

/// <summary>The font of all figures, carried in the program: a bare container has no fonts at all, where plots would come out without a
/// single letter, and figures look the same on every machine. Liberation Sans has the widths of Arial, so an SVG opened elsewhere keeps its
/// spacing with either.</summary>
public sealed class ReportFont : IFontResolver
{
    /// <summary>The name under which ScottPlot finds the font.</summary>
    public const string Name = "Liberation Sans";

    private static readonly Lazy<bool> Registered = new(Register);

    private static readonly Lazy<SKTypeface> RegularFace = new(() => Load("LiberationSans-Regular.ttf"));
    private static readonly Lazy<SKTypeface> BoldFace = new(() => Load("LiberationSans-Bold.ttf"));

    private ReportFont()
    {
    }

    /// <summary>The upright face, for drawings that are no plots.</summary>
    public static SKTypeface Regular => RegularFace.Value;

    public static SKTypeface Bold => BoldFace.Value;

    /// <summary>Makes it ScottPlot's default font; call before the first plot is made. Later calls do nothing.</summary>
    public static void Use() => _ = Registered.Value;

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? weight >= FontWeight.SemiBold ? Bold : Regular : null;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, bold ? FontWeight.Bold : FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);

    private static bool Register()
    {
        Fonts.FontResolvers.Insert(0, new ReportFont());
        Fonts.Default = Fonts.Sans = Name;
        return true;
    }

    private static SKTypeface Load(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the program was built without its font {resource}");
        return SKTypeface.FromStream(stream)
            ?? throw new InvalidOperationException($"the font {resource} in the program cannot be read");
    }
}
