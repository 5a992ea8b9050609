namespace PoseEngine.Experiments.Sweeps;

/// <summary>The tables of a sweep's page.</summary>
internal static class SweepTables
{
    /// <summary>"41.2 (40.1 to 43.0)", or the number alone where one seed has it.</summary>
    public static string Text(Spread spread, int decimals)
        => spread.Count > 1 ? $"{Num.Mm(spread.Median, decimals)} ({Num.Mm(spread.Low, decimals)} to {Num.Mm(spread.High, decimals)})" : Num.Mm(spread.Median, decimals);

    /// <summary>The claims of section 5 beside what was measured.</summary>
    public static void AddClaims(StringBuilder html, IReadOnlyList<ClaimRow> claims, string preset)
    {
        Begin(html, "Claims of section 5, measured", "text:the paper", "text:measured", "text:verdict", "text:counts as agreement");
        foreach (var row in claims)
        {
            html.Append($"<tr{(row.Verdict == Verdict.DoesNotAgree ? " class=\"best\"" : "")}>");
            Cells(html, "text settings", row.Claim, row.Verdict == Verdict.NotMeasured ? Num.Missing : row.Measured, row.VerdictText, row.Rule);
            html.Append("</tr>\n");
        }
        End(html, "Bold: where the measurement does not agree with the paper." + (preset == "smoke" ? " The smoke preset trains far too little for the verdicts to mean anything." : ""));
    }

    /// <summary>The timing table of section 5.</summary>
    public static void AddTiming(StringBuilder html, SweepResults sweep)
    {
        var rows = TimingRow.Measure(sweep);
        var reference = rows.FirstOrDefault(r => r.Method == "soft-sgd" && r.Seconds.Count > 0);
        Begin(html, "Seconds an iteration", "text:method", "paper (Titan Z)", "here", "of Soft-SGD", "Krylov iterations", "text:solver", "text:device");
        foreach (var row in rows)
        {
            var ratio = reference is not null && reference.Device == row.Device ? Num.Short(row.Seconds.Median / reference.Seconds.Median) : Num.Missing;
            html.Append("<tr>");
            Cells(html, "text", MethodClasses.Pretty(row.Method));
            Cells(html, "", row.Paper ?? Num.Missing, Short(row.Seconds), ratio, Short(row.Krylov));
            Cells(html, "text", row.Solver.Length > 0 ? row.Solver : Num.Missing, row.Device.Length > 0 ? row.Device : "not measured");
            html.Append("</tr>\n");
        }
        End(html, "Wall-clock time without evaluations: the median of the configurations, each the median of its seeds, then the fastest and the slowest. Krylov: iterations of the linear solver a step; – where none ran, as with the Gram solver.");
    }

    /// <summary>All configurations.</summary>
    public static void AddConfigurations(StringBuilder html, SweepResults sweep)
    {
        Begin(html, "Configurations", "text:configuration", "iterations", "error mm", "median |C| mm", "p95 |C| mm", "s/iteration", "Krylov", "text:cells");
        IEnumerable<ConfigurationResult> all = sweep.Unconstrained is { } start ? sweep.Configurations.Prepend(start) : sweep.Configurations;
        foreach (var c in all)
        {
            html.Append($"<tr class=\"{c.Class.ToString().ToLowerInvariant()}\">")
                .Append($"<td class=\"text\">{Swatch(c)}{HtmlPage.Text(c.Shown)}</td>");
            Cells(
                html, "", $"{c.Cells[0].Cell.Iterations:N0}", Text(c.Error, 1), Text(c.Median, 2), Text(Spread.Of(c.Models.Select(m => m.P95Violation)), 1),
                Num.Short(c.SecondsPerIteration.Median), Num.Short(c.Krylov.Median));
            Cells(html, "text", c.StateText());
            html.Append("</tr>\n");
        }
        End(html, "Last models on the validation data; the median over the seeds that are done, then the smallest and the largest. Settings that all configurations of a method share are left out of names.");
    }

    /// <summary>What went wrong, cell by cell.</summary>
    public static void AddTroubles(StringBuilder html, SweepResults sweep)
    {
        var troubled = sweep.Cells.Where(c => c.Failures.Count > 0 || c.State == CellState.Blocked).ToList();
        if (troubled.Count == 0) return;
        Begin(html, "Broken and retried cells", "text:cell", "text:state", "attempts that failed", "text:reason of the last");
        foreach (var cell in troubled)
        {
            var state = cell.State switch { CellState.Blocked => "without a start", var other => other.ToString().ToLowerInvariant() };
            html.Append("<tr>");
            Cells(html, "text", MethodClasses.Pretty(cell.Cell.Name), state);
            Cells(html, "", $"{cell.Failures.Count}");
            Cells(html, "text settings", cell.Failures.Count > 0 ? $"{cell.Failures[^1].Kind}: {cell.Failures[^1].Reason}" : "the unconstrained model of its seed is broken");
            html.Append("</tr>\n");
        }
        End(html, "A cell is tried twice, the second time from its last checkpoint, and then left; poseengine sweep --retry tries broken cells again.");
    }

    /// <summary>Begins a section with a table; heads that begin with "text:" stand over text.</summary>
    public static void Begin(StringBuilder html, string title, params string[] heads)
    {
        html.Append($"<h2>{HtmlPage.Text(title)}</h2>\n<div class=\"scroll\">\n<table>\n<thead><tr>");
        foreach (var head in heads)
        {
            var isText = head.StartsWith("text:", StringComparison.Ordinal);
            html.Append(isText ? "<th class=\"text\">" : "<th>").Append(HtmlPage.Text(isText ? head[5..] : head)).Append("</th>");
        }
        html.Append("</tr></thead>\n<tbody>\n");
    }

    /// <summary>Ends it with a line that explains it.</summary>
    public static void End(StringBuilder html, string hint) => html.Append("</tbody>\n</table>\n</div>\n").Append($"<p class=\"hint\">{HtmlPage.Text(hint)}</p>\n");

    /// <summary>Adds cells of one class.</summary>
    public static void Cells(StringBuilder html, string style, params string[] texts)
    {
        foreach (var text in texts) html.Append(style.Length > 0 ? $"<td class=\"{style}\">" : "<td>").Append(HtmlPage.Text(text)).Append("</td>");
    }

    /// <summary>A piece of the line that figures draw.</summary>
    public static string Swatch(ConfigurationResult configuration)
    {
        var color = SeriesStyle.Of(configuration.Method).Color;
        return $"<span class=\"line\" style=\"border-top-color:#{color.R:X2}{color.G:X2}{color.B:X2}\"></span>";
    }

    private static string Short(Spread spread)
        => spread.Count > 1 ? $"{Num.Short(spread.Median)} ({Num.Short(spread.Low)} to {Num.Short(spread.High)})" : Num.Short(spread.Median);
}
