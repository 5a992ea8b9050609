using System.Net;
using System.Reflection;

namespace PoseEngine.Experiments.Reports;

/// <summary>
/// The page report.html: one file with the figures inside, no script and nothing fetched from elsewhere, so that it
/// can be mailed, archived and printed.
/// </summary>
internal static class HtmlPage
{
    /// <summary>Builds the page; <paramref name="sheets"/> are ready PNG files of validation images.</summary>
    public static string Build(
        RunData run, IReadOnlyList<Figure> figures, IReadOnlyList<byte[]> sheets)
    {
        var html = new StringBuilder();
        var title = $"{Capital(run.Config.Command)}: {run.Config.Preset} preset, seed {run.Config.Seed}";
        html.Append(Head(title));
        AddHead(html, run, title);
        html.Append("<h2>Results</h2>\n");
        HtmlTable.Add(html, run);
        HtmlCost.Add(html, run);
        AddFigures(html, figures);
        AddSheets(html, sheets);
        HtmlNotes.Add(html, run);
        return html.Append(Foot).ToString();
    }

    /// <summary>The end of a page.</summary>
    public const string Foot = "</main>\n</body>\n</html>\n";

    /// <summary>The beginning of a page up to its first heading.</summary>
    public static string Head(string title)
        => "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            + $"<title>{Text(title)} – PoseEngine</title>\n<style>\n{Style()}</style>\n</head>\n<body>\n<main>\n";

    /// <summary>Text that may come from names or settings, safe inside elements and attributes.</summary>
    public static string Text(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <summary>Bytes of a PNG as an image that needs no file.</summary>
    public static string DataUri(byte[] png) => "data:image/png;base64," + Convert.ToBase64String(png);

    private static void AddHead(StringBuilder html, RunData run, string title)
    {
        html.Append($"<h1>{Text(title)}</h1>\n<p class=\"meta\">{Text(Meta(run))}</p>\n");
        if (!run.Finished)
            html.Append("<p class=\"warning\">This run has not finished: the figures show what has been evaluated so far. ")
                .Append("Continue it with <code>--resume</code>.</p>\n");
        foreach (var model in run.Models.Where(m => m.End.Diverged is not null))
            html.Append($"<p class=\"warning\">{Text(MethodClasses.Pretty(model.Name))} diverged: {Text(model.End.Diverged!.Reason)}.</p>\n");
        html.Append("<ul class=\"headline\">\n");
        foreach (var sentence in Headline.Sentences(run)) html.Append($"<li>{Text(sentence)}</li>\n");
        html.Append("</ul>\n");
    }

    private static string Meta(RunData run)
    {
        var config = run.Config;
        var text = $"PoseEngine {config.Version}, {config.Device}, {config.Precision}, started {config.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC";
        return run.Summary is { } s
            ? text + $", {Num.Duration(s.SecondsTotal)} in all. Data: {s.Data.Source}, {s.Data.Train:N0} training and {s.Data.Validation:N0} validation samples."
            : text + ".";
    }

    private static void AddFigures(StringBuilder html, IReadOnlyList<Figure> figures)
    {
        html.Append("<h2>Comparison</h2>\n");
        foreach (var figure in figures.Where(f => !IsCurve(f))) AddFigure(html, figure);
        if (!figures.Any(IsCurve)) return;
        html.Append("<h2>Over the iterations</h2>\n");
        foreach (var figure in figures.Where(IsCurve)) AddFigure(html, figure);
    }

    private static bool IsCurve(Figure figure) => figure.Key.StartsWith("learning", StringComparison.Ordinal)
        || figure.Key.StartsWith("krylov", StringComparison.Ordinal);

    /// <summary>Adds a figure with its caption.</summary>
    public static void AddFigure(StringBuilder html, Figure figure) => html
        .Append($"<figure id=\"{figure.Key}\">\n<h3>{Text(figure.Title)}</h3>\n")
        .Append($"<img alt=\"{Text(figure.Title)}\" width=\"{figure.Width}\" height=\"{figure.Height}\" src=\"{DataUri(figure.Png)}\">\n")
        .Append($"<figcaption>{Text(figure.Caption)} Also in figures/{figure.Key}.svg.</figcaption>\n</figure>\n");

    private static void AddSheets(StringBuilder html, IReadOnlyList<byte[]> sheets)
    {
        if (sheets.Count == 0) return;
        html.Append("<h2>Validation images</h2>\n");
        foreach (var sheet in sheets)
            html.Append($"<figure class=\"sheet\">\n<img alt=\"Validation images with predicted skeletons\" src=\"{DataUri(sheet)}\">\n")
                .Append("<figcaption>Images of the validation data with the true and the predicted skeletons.</figcaption>\n</figure>\n");
    }

    private static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>The style sheet of all pages.</summary>
    public static string Style()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("the program was built without report.css");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
