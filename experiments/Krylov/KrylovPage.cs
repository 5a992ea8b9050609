namespace PoseEngine.Experiments.Krylov;

/// <summary>report.html of <c>poseengine krylov</c>: one file with its figures inside.</summary>
internal static class KrylovPage
{
    /// <summary>Builds the page.</summary>
    public static string Build(KrylovSummary summary, IReadOnlyList<Figure> figures)
    {
        var title = $"Krylov solvers: {summary.Preset}, {summary.Precision}";
        var html = new StringBuilder(HtmlPage.Head(title));
        html.Append($"<h1>{HtmlPage.Text(title)}</h1>\n<p class=\"meta\">PoseEngine {summary.Version}, {HtmlPage.Text(summary.Device)}, started {summary.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {Num.Duration(summary.Seconds)} in all.</p>\n");
        if (summary.Systems.Any(s => s.Kind != KrylovClass.Own)) AddTables(html, summary);
        html.Append("<h2>Convergence</h2>\n");
        foreach (var figure in figures) HtmlPage.AddFigure(html, figure);
        html.Append("<h2>Every solve</h2>\n");
        AddSolves(html, summary);
        html.Append($"<h2>How to reproduce</h2>\n<pre>{HtmlPage.Text(summary.CommandLine)}</pre>\n");
        return html.Append(HtmlPage.Foot).ToString();
    }

    private static void AddTables(StringBuilder html, KrylovSummary summary)
    {
        html.Append("<h2>Table 1: what a method requires of the matrix</h2>\n");
        PlainTable.Add(
            html, ["method", .. KrylovText.PropertyNames],
            summary.Solvers.Select(s => (string[])[KrylovText.TitleOf(s), .. KrylovText.RequirementCells(s)]), "text", "");
        html.Append("<p class=\"hint\">As in the paper, which leaves BiCG free of a square matrix; the form here needs one, and its transpose.</p>\n")
            .Append("<h2>Table 1 as seen</h2>\n");
        PlainTable.Add(
            html, ["method", .. KrylovText.SeenNames],
            KrylovText.WithPreconditioned(summary.Solvers, summary.Systems).Select(s => (string[])[KrylovText.TitleOf(s), .. KrylovText.SeenCells(s, summary.Systems)]), "text", "");
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"hint\">Of the systems that lack the property, how many were solved right: within {summary.RightError:0e+0} of the shortest least-squares solution. ")
            .Append("A full rank is lacking in singular but solvable systems; contradictory ones have no solution. On the network's systems, dw is the part of x that training takes: the null space holds multipliers alone, so that a least-squares solution of any length has the right dw. MINRES-QLP, M: with the preconditioner diag(η I, s I) of Hard-SGD, on the network's systems.</p>\n");
    }

    private static void AddSolves(StringBuilder html, KrylovSummary summary)
    {
        html.Append("<div class=\"scroll\"><table>\n<thead><tr><th class=\"text\">system</th><th class=\"text\">method</th><th>iterations</th><th>||b − Bx|| / ||b||</th><th>error</th><th>of dw</th><th>ms</th><th class=\"text\">what happened</th></tr></thead>\n<tbody>\n");
        foreach (var system in summary.Systems)
        {
            foreach (var result in system.Results)
            {
                var name = result == system.Results[0] ? $"{HtmlPage.Text(system.Name)}<br><small>{HtmlPage.Text(system.Kind.Title)}</small>" : "";
                html.Append(CultureInfo.InvariantCulture, $"<tr{(result.IsRight == true ? " class=\"best\"" : "")}><td class=\"text\">{name}</td><td class=\"text\">{KrylovText.TitleOf(result.Solver)}</td><td>{(result.Exit == KrylovResult.Refused ? Num.Missing : result.Iterations)}</td>")
                    .Append($"<td>{Num.Scientific(result.RelativeResidual)}</td><td>{Num.Scientific(result.Error)}</td><td>{Num.Scientific(result.StepError)}</td><td>{Num.Short(1000 * result.Seconds)}</td><td class=\"text settings\">{HtmlPage.Text(result.Explanation)}</td></tr>\n");
            }
        }
        html.Append("</tbody>\n</table></div>\n<p class=\"hint\">Bold: right. Error: distance from the shortest least-squares solution, relative to its length; of dw: of the part that training takes alone.</p>\n");
    }
}
