namespace PoseEngine.Experiments.Reports;

/// <summary>The table of results: a row per configuration.</summary>
internal static class HtmlTable
{
    /// <summary>Adds the table and the line that explains it.</summary>
    public static void Add(StringBuilder html, RunData run)
    {
        var styles = SeriesStyle.Assign(run.Models);
        var best = run.Constrained.GroupBy(m => m.Class)
            .Select(g => ModelRanking.Best(g, run.Unconstrained)?.Model.Name).ToHashSet();
        html.Append("<div class=\"scroll\">\n<table>\n");
        AddHead(html);
        html.Append("<tbody>\n");
        foreach (var model in run.Models) AddRow(html, model, styles[model.Name], best.Contains(model.Name));
        html.Append("</tbody>\n</table>\n</div>\n")
            .Append("<p class=\"hint\">Validation data; lengths in millimetres. Bold: the models named above. ")
            .Append("Krylov: mean iterations of the linear solver per step; – where none ran. Rank: of the last Gram matrix, of its rows; ")
            .Append("where some were dependent, with the gap in its eigenvalues at the cut.</p>\n");
    }

    private static void AddHead(StringBuilder html)
    {
        html.Append("<thead><tr><th class=\"text\">method</th><th class=\"text\">settings</th><th>iterations</th>")
            .Append("<th>error</th><th>median |C|</th><th>p95 |C|</th>");
        foreach (var name in ConstraintBars.Names)
        {
            var parts = name.Split(' ', 2);
            html.Append($"<th>{parts[0]}<br><small>{parts[1]}</small></th>");
        }
        html.Append("<th>s/iteration</th><th>Krylov</th><th>rank</th></tr></thead>\n");
    }

    private static void AddRow(StringBuilder html, ModelTrace model, SeriesStyle style, bool best)
    {
        var end = model.End;
        var color = $"#{style.Color.R:X2}{style.Color.G:X2}{style.Color.B:X2}";
        html.Append($"<tr class=\"{model.Class.ToString().ToLowerInvariant()}{(best ? " best" : "")}\">")
            .Append($"<td class=\"text\"><span class=\"line\" style=\"border-top-color:{color}\"></span>")
            .Append($"{HtmlPage.Text(MethodClasses.Pretty(end.Method))}{State(model)}</td>")
            .Append($"<td class=\"text settings\">{HtmlPage.Text(Settings(model))}</td><td>{end.Iterations:N0}</td>")
            .Append($"<td>{Num.Mm(end.Error, 1)}</td><td>{Num.Mm(end.MedianViolation)}</td><td>{Num.Mm(end.P95Violation, 1)}</td>");
        for (var i = 0; i < ConstraintBars.Names.Length; i++)
            html.Append($"<td>{Num.Mm(i < end.PerConstraintMedian.Count ? end.PerConstraintMedian[i] : double.NaN)}</td>");
        html.Append($"<td>{Num.Short(end.SecondsPerIteration)}</td><td>{Num.Short(end.KrylovIterationsPerStep)}</td><td>{Rank(model)}</td></tr>\n");
    }

    private static string State(ModelTrace model)
        => model.End.Diverged is { } diverged ? $" (diverged in iteration {diverged.Iteration:N0})"
            : !model.Finished ? " (unfinished)"
            : model.End.UnconvergedSolves > 0 ? $" ({model.End.UnconvergedSolves:N0} of {model.End.Solves:N0} solves did not converge)" : "";

    private static string Rank(ModelTrace model)
    {
        var last = model.Lines.LastOrDefault(line => line.GramRank is not null);
        if (last is null) return Num.Missing;
        var gap = last.GramRank < last.GramRows ? $", gap {Num.Short(last.GramGap)}" : "";
        return $"{last.GramRank} of {last.GramRows}{gap}";
    }

    // An unfinished model has no settings on record, but its name usually spells them.
    private static string Settings(ModelTrace model)
    {
        if (model.End.Settings.Count > 0)
            return string.Join(", ", model.End.Settings.Select(s => $"{MethodClasses.Symbols(s.Key)}={Num.Setting(s.Value)}"));
        var space = model.Name.IndexOf(' ');
        return space < 0 ? "" : MethodClasses.Symbols(model.Name[(space + 1)..]);
    }
}
