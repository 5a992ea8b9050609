namespace PoseEngine.Experiments.Reports;

internal enum ColumnKind
{
    Number,

    Text,

    /// <summary>To the left, over as many lines as needed.</summary>
    Wrapped,
}

/// <summary>A column; what follows a line break in the head stands small below.</summary>
internal sealed record Column(string Head, ColumnKind Kind = ColumnKind.Number)
{
    public static Column Text(string head) => new(head, ColumnKind.Text);

    public static Column Wrapped(string head) => new(head, ColumnKind.Wrapped);

    public static implicit operator Column(string head) => new(head);

    public string Class => Kind switch { ColumnKind.Number => "", ColumnKind.Text => " class=\"text\"", _ => " class=\"text wrapped\"" };
}

/// <summary>A table for pages and for the console.</summary>
internal sealed class ReportTable(params IReadOnlyList<Column> columns)
{
    private readonly List<(IReadOnlyList<string> Cells, string Class, SeriesStyle? Line)> _rows = [];

    /// <summary>What stands above it, such as settings that all rows have alike.</summary>
    public string Lead { get; init; } = "";

    /// <summary>A line below that explains it.</summary>
    public string Hint { get; init; } = "";

    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">A text a column.</param>
    /// <param name="rowClass">For the style sheet.</param>
    /// <param name="line">The line that figures draw for it.</param>
    public void Add(IReadOnlyList<string> cells, string rowClass = "", SeriesStyle? line = null) => _rows.Add((cells, rowClass, line));

    /// <summary>A table whose rows are nothing but texts.</summary>
    public static ReportTable Of(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows, string hint = "")
    {
        var table = new ReportTable(columns) { Hint = hint };
        foreach (var row in rows) table.Add(row);
        return table;
    }

    public string Html()
    {
        var html = new StringBuilder();
        if (Lead.Length > 0) html.Append($"<p class=\"hint\">{Page.Markup(Lead)}</p>\n");
        html.Append("<div class=\"scroll\">\n<table>\n");
        if (columns.Any(column => column.Head.Length > 0))
        {
            html.Append("<thead><tr>");
            foreach (var column in columns) html.Append($"<th{column.Class}>").Append(Head(column.Head)).Append("</th>");
            html.Append("</tr></thead>\n");
        }
        html.Append("<tbody>\n");
        foreach (var (cells, rowClass, line) in _rows)
        {
            html.Append(rowClass.Length > 0 ? $"<tr class=\"{rowClass}\">" : "<tr>");
            for (var i = 0; i < cells.Count; i++)
            {
                html.Append($"<td{columns[i].Class}>").Append(i == 0 && line is not null ? ChartLegend.Swatch(line) : "").Append(Page.Escape(cells[i])).Append("</td>");
            }
            html.Append("</tr>\n");
        }
        html.Append("</tbody>\n</table>\n</div>\n");
        if (Hint.Length > 0) html.Append($"<p class=\"hint\">{Page.Markup(Hint)}</p>\n");
        return html.ToString();
    }

    /// <summary>For the console: columns as wide as their content, two blanks apart.</summary>
    /// <param name="first">The least width of the first column.</param>
    /// <param name="others">The least width of the others.</param>
    /// <param name="indent">What stands before each line.</param>
    /// <param name="isRuled">Whether a line stands under the heads.</param>
    public IEnumerable<string> Lines(int first = 0, int others = 0, string indent = "", bool isRuled = false)
    {
        IReadOnlyList<string> heads = [.. columns.Select(column => column.Head.Replace('\n', ' '))];
        int[] widths = [.. columns.Select((_, i) => _rows.Select(row => row.Cells[i].Length).Append(heads[i].Length).Append(i == 0 ? first : others).Max())];
        string Line(IReadOnlyList<string> cells) => indent + string.Join("  ", cells.Select((cell, i) => i == 0 || columns[i].Kind != ColumnKind.Number ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i])));
        yield return Line(heads);
        if (isRuled) yield return indent + new string('-', widths.Sum() + (2 * (widths.Length - 1)));
        foreach (var row in _rows) yield return Line(row.Cells);
    }

    private static string Head(string head)
    {
        var parts = head.Split('\n', 2);
        return parts.Length == 1 ? Page.Escape(head) : $"{Page.Escape(parts[0])}<br><small>{Page.Escape(parts[1])}</small>";
    }
}
