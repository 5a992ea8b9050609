using System.Net;
using System.Text.RegularExpressions;

namespace PoseEngine.Experiments.Reports;

/// <summary>Builds a page such as report.html: one file with its pictures inside, no script and nothing fetched from elsewhere, so that it
/// can be mailed, archived and printed. Texts are escaped; words between backticks are set as code.</summary>
internal sealed partial class Page(string title)
{
    private readonly StringBuilder _head = new(), _body = new();
    private readonly List<(string Id, string Title)> _sections = [];

    /// <summary>Text that may come from names or settings, safe inside elements and attributes.</summary>
    public static string Escape(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <summary>The same with code between backticks.</summary>
    public static string Markup(string text) => Code().Replace(Escape(text), "<code>$1</code>");

    public void Meta(string text) => _head.Append($"<p class=\"meta\">{Markup(text)}</p>\n");

    /// <summary>Something that a reader has to know first.</summary>
    public void Warning(string text) => _head.Append($"<p class=\"warning\">{Markup(text)}</p>\n");

    /// <summary>The main results, a sentence each.</summary>
    public void Headline(IEnumerable<string> sentences) => AddList(_head, sentences, " class=\"headline\"");

    /// <summary>Begins a section, which the contents list.</summary>
    public void Section(string name)
    {
        var id = "section-" + string.Join('-', Words().Matches(name.ToLowerInvariant()).Select(match => match.Value));
        _sections.Add((id, name));
        _body.Append($"<h2 id=\"{id}\">{Escape(name)}</h2>\n");
    }

    /// <summary>Adds a table, under a heading of its own where one is given.</summary>
    public void Table(ReportTable table, string heading = "")
    {
        if (heading.Length > 0) _body.Append($"<h3>{Escape(heading)}</h3>\n");
        _body.Append(table.Html());
    }

    /// <summary>Adds a table that opens on a click.</summary>
    public void Folded(string summary, ReportTable table)
        => _body.Append($"<details>\n<summary>{Escape(summary)}</summary>\n").Append(table.Html()).Append("</details>\n");

    /// <summary>Adds charts beside each other, with one legend for all of them.</summary>
    public void Figures(IReadOnlyList<Chart> charts)
    {
        if (charts.Count == 0) return;
        _body.Append(ChartLegend.Draw(charts)).Append("<div class=\"figures\">\n");
        foreach (var chart in charts)
        {
            _body.Append($"<figure id=\"{chart.Key}\"{(chart.IsWide ? " class=\"wide\"" : "")}>\n<h3>{Escape(chart.Title)}</h3>\n<div class=\"frame\">\n")
                .Append(ChartSvg.Draw(chart)).Append("</div>\n<figcaption>");
            if (chart.Finding.Length > 0) _body.Append($"<strong>{Escape(chart.Finding)}</strong> ");
            _body.Append(Escape($"{chart.Caption} Also in figures/{chart.Key}.svg.")).Append("</figcaption>\n</figure>\n");
        }
        _body.Append("</div>\n");
    }

    /// <summary>Adds a PNG inside the page, or one beside it by its name.</summary>
    public void Picture(byte[]? png, string file, string alternative, string caption)
    {
        var source = png is null ? Uri.EscapeDataString(file) : "data:image/png;base64," + Convert.ToBase64String(png);
        _body.Append($"<figure class=\"sheet\">\n<img loading=\"lazy\" alt=\"{Escape(alternative)}\" src=\"{source}\">\n");
        if (caption.Length > 0) _body.Append($"<figcaption>{Escape(caption)}</figcaption>\n");
        _body.Append("</figure>\n");
    }

    /// <summary>Adds what a publication says beside what was measured.</summary>
    public void Claims(IEnumerable<ClaimItem> claims)
    {
        _body.Append("<ul class=\"claims\">\n");
        foreach (var claim in claims)
        {
            _body.Append($"<li class=\"{claim.State}\"><p class=\"claim\">{Escape(claim.Text)} <span class=\"verdict\">{Escape(claim.Verdict)}</span></p>\n<dl>");
            foreach (var (name, text) in claim.Parts.Where(part => part.Text.Length > 0)) _body.Append($"<dt>{Escape(name)}</dt><dd>{Escape(text)}</dd>");
            _body.Append("</dl></li>\n");
        }
        _body.Append("</ul>\n");
    }

    public void Hint(string text) => _body.Append($"<p class=\"hint\">{Markup(text)}</p>\n");

    public void List(IEnumerable<string> items) => AddList(_body, items, "");

    /// <summary>Adds the sections at the end of every page: how to reproduce it, and what its words mean.</summary>
    public void End(string commandLine, string hint, IEnumerable<string> notes)
    {
        Section("How to reproduce");
        _body.Append($"<pre>{Escape(commandLine)}</pre>\n");
        if (hint.Length > 0) Hint(hint);
        List<string> all = [.. notes];
        if (all.Count == 0) return;
        Section("Notes");
        List(all);
    }

    /// <summary>Adds names and values that open on a click.</summary>
    public void Settings(string summary, IEnumerable<(string Name, string Value)> settings)
    {
        Section("Settings");
        Folded(summary, ReportTable.Of([Column.Text(""), Column.Wrapped("")], settings.Select(s => (string[])[s.Name, s.Value])));
    }

    public string Html()
    {
        var contents = new StringBuilder();
        if (_sections.Count > 1)
        {
            contents.Append("<nav aria-label=\"Contents\"><ul>\n");
            foreach (var (id, name) in _sections) contents.Append($"<li><a href=\"#{id}\">{Escape(name)}</a></li>\n");
            contents.Append("</ul></nav>\n");
        }
        var main = $"<h1>{Escape(title)}</h1>\n{_head}{contents}{_body}";
        return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            + $"<title>{Escape(title)} – PoseEngine</title>\n<style>\n{EmbeddedText.Get("report.css")}{PageColours.Definitions(main)}</style>\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n";
    }

    private static void AddList(StringBuilder html, IEnumerable<string> items, string attributes)
    {
        html.Append($"<ul{attributes}>\n");
        foreach (var item in items) html.Append($"<li>{Markup(item)}</li>\n");
        html.Append("</ul>\n");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("[a-z0-9]+")]
    private static partial Regex Words();
}

/// <summary>What a publication says, with a verdict.</summary>
/// <param name="Verdict">What the measurement says of it, in a few words.</param>
/// <param name="State">"yes", "no" or "open", for the colour.</param>
/// <param name="Parts">What was measured and by which rule; empty texts are left out.</param>
internal sealed record ClaimItem(string Text, string Verdict, string State, params IReadOnlyList<(string Name, string Text)> Parts);
