namespace PoseEngine.Experiments.Reports;

/// <summary>A table of a page whose rows are nothing but texts.</summary>
internal static class PlainTable
{
    /// <summary>Adds it; <paramref name="first"/> and <paramref name="others"/> are the classes of the first column and of all others, such as "text".</summary>
    public static void Add(StringBuilder html, IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows, string first, string others)
    {
        html.Append("<div class=\"scroll\">\n<table>\n<thead>\n");
        AddRow("th", heads);
        html.Append("</thead>\n<tbody>\n");
        foreach (var row in rows) AddRow("td", row);
        html.Append("</tbody>\n</table>\n</div>\n");

        void AddRow(string tag, IReadOnlyList<string> cells)
        {
            html.Append("<tr>");
            for (var i = 0; i < cells.Count; i++)
            {
                var style = i == 0 ? first : others;
                html.Append(style.Length > 0 ? $"<{tag} class=\"{style}\">" : $"<{tag}>").Append(HtmlPage.Text(cells[i])).Append($"</{tag}>");
            }
            html.Append("</tr>\n");
        }
    }
}
