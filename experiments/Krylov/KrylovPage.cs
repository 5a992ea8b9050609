namespace PoseEngine.Experiments.Krylov;

/// <summary>report.html of <c>poseengine krylov</c>.</summary>
internal static class KrylovPage
{
    public static string Build(KrylovSummary summary, IReadOnlyList<Chart> charts)
    {
        var page = new Page($"Krylov solvers: {summary.Preset}, {summary.Precision}");
        page.Meta($"PoseEngine {summary.Version}, {summary.Device}, started {summary.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {Num.Duration(summary.Seconds)} in all.");
        page.Headline(Sentences(summary));
        if (summary.Systems.Any(s => s.Kind != KrylovClass.Own))
        {
            page.Section("Table 1: what a method requires of the matrix");
            page.Table(KrylovText.Requirements(summary.Solvers));
            page.Hint("As in the paper, which leaves BiCG free of a square matrix; the form here needs one, and its transpose.");
            page.Section("Table 1 as seen");
            page.Table(KrylovText.Seen(summary.Solvers, summary.Systems));
            page.Hint(FormattableString.Invariant($"Of the systems that lack the property, how many were solved right: within {summary.RightError:0e+0} of the shortest least-squares solution. ")
                + "A full rank is lacking in singular but solvable systems; contradictory ones have no solution. On the network's systems, dw is the part of x that training takes: the null space holds multipliers alone, so that a least-squares solution of any length has the right dw. MINRES-QLP, M: with the preconditioner diag(η I, s I) of Hard-SGD, on the network's systems.");
        }
        page.Section("Convergence");
        page.Figures(charts);
        page.Section("Every solve");
        page.Table(Solves(summary));
        page.End(summary.CommandLine, "", []);
        return page.Html();
    }

    private static IEnumerable<string> Sentences(KrylovSummary summary)
    {
        var judged = summary.Systems.SelectMany(s => s.Results).Where(r => r.IsRight is not null).GroupBy(r => r.Solver).OrderByDescending(g => g.Count(r => r.IsRight == true)).ToList();
        if (judged.Count > 0) yield return $"Systems solved right, of all with a known solution: {string.Join(", ", judged.Select(g => $"{KrylovText.TitleOf(g.Key)} {g.Count(r => r.IsRight == true)} of {g.Count()}"))}.";
    }

    private static ReportTable Solves(KrylovSummary summary)
    {
        var table = new ReportTable(Column.Wrapped("system"), Column.Text("method"), "iterations", "residual\n||b − Bx|| / ||b||", "error", "of dw", "ms", Column.Wrapped("what happened"))
        {
            Hint = "Bold: right. Error: distance from the shortest least-squares solution, relative to its length; of dw: of the part that training takes alone.",
        };
        foreach (var system in summary.Systems)
        {
            foreach (var result in system.Results)
            {
                table.Add(
                    [
                        result == system.Results[0] ? $"{system.Name} ({system.Kind.Title})" : "", KrylovText.TitleOf(result.Solver),
                        result.Exit == KrylovResult.Refused ? Num.Missing : $"{result.Iterations}", Num.Scientific(result.RelativeResidual),
                        Num.Scientific(result.Error), Num.Scientific(result.StepError), Num.Short(1000 * result.Seconds), result.Explanation,
                    ],
                    result.IsRight == true ? "best" : "");
            }
        }
        return table;
    }
}
