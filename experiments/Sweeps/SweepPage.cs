namespace PoseEngine.Experiments.Sweeps;

/// <summary>report.html of a sweep: one file with the figures inside.</summary>
internal static class SweepPage
{
    /// <summary>Builds the page.</summary>
    public static string Build(SweepResults sweep, IReadOnlyList<Figure> figures, IReadOnlyList<ClaimRow> claims)
    {
        var html = new StringBuilder();
        var title = $"Sweep: {sweep.Plan.Name}{(sweep.Plan.Preset == "file" ? "" : $", {sweep.Plan.Preset} preset")}";
        html.Append(HtmlPage.Head(title));
        AddHead(html, sweep, title);
        html.Append("<h2>Comparison</h2>\n");
        foreach (var figure in figures) HtmlPage.AddFigure(html, figure);
        SweepTables.AddClaims(html, claims, sweep.Plan.Preset);
        SweepTables.AddTiming(html, sweep);
        SweepTables.AddConfigurations(html, sweep);
        ConstraintTable.Add(html, sweep);
        SweepTables.AddTroubles(html, sweep);
        AddEnd(html, sweep);
        return html.Append(HtmlPage.Foot).ToString();
    }

    private static void AddHead(StringBuilder html, SweepResults sweep, string title)
    {
        var (plan, counts) = (sweep.Plan, sweep.Counts);
        var meta = $"PoseEngine {plan.Version}, {plan.Precision}, started {plan.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC.";
        if (sweep.Data is { } data) meta += $" Data: {data.Source}, {data.Train:N0} training and {data.Validation:N0} validation samples, mean pose error {Num.Mm(data.MeanPoseError, 1)} mm.";
        html.Append($"<h1>{HtmlPage.Text(title)}</h1>\n<p class=\"meta\">{HtmlPage.Text(meta)}</p>\n");
        if (counts.Left + counts.Running > 0)
        {
            html.Append($"<p class=\"warning\">This sweep has not finished: of {counts.Total} cells {counts.Done} are done, {counts.Running} running, {counts.Left} left")
                .Append(counts.Broken > 0 ? $", {counts.Broken} broken" : "").Append(". The same command goes on with it.</p>\n");
        }
        html.Append("<ul class=\"headline\">\n");
        foreach (var sentence in Sentences(sweep)) html.Append($"<li>{HtmlPage.Text(sentence)}</li>\n");
        html.Append("</ul>\n");
    }

    private static IEnumerable<string> Sentences(SweepResults sweep)
    {
        var counts = sweep.Counts;
        yield return $"{sweep.Configurations.Count} configurations, {sweep.Cells.Select(c => c.Cell.Seed).Distinct().Count()} seeds: {counts.Done} of {counts.Total} cells done, {counts.Broken} broken.";
        if (sweep.Unconstrained is { } start && start.Error.Count > 0)
        {
            yield return $"Unconstrained: {SweepTables.Text(start.Error, 1)} mm error, median |C| {SweepTables.Text(start.Median, 2)} mm.";
        }
        foreach (var (method, configurations) in SweepFigures.ByMethod(sweep))
        {
            if (ShareBands.Best(configurations, sweep.Unconstrained) is not { } best) continue;
            var comparable = best.Error.Median <= (sweep.Unconstrained?.Error.Median ?? double.NaN) * ModelRanking.Tolerance;
            yield return $"{(comparable ? "Best" : "Least error")} of {MethodClasses.Pretty(method)}: {best.Shown}, {SweepTables.Text(best.Error, 1)} mm error, median |C| {SweepTables.Text(best.Median, 2)} mm"
                + (comparable ? "." : "; no configuration kept the error within 10 % of the unconstrained model's.");
        }
    }

    private static void AddEnd(StringBuilder html, SweepResults sweep)
    {
        html.Append("<h2>How to reproduce</h2>\n").Append($"<pre>{HtmlPage.Text(sweep.Plan.CommandLine)}</pre>\n")
            .Append("<p class=\"hint\">The same version, seeds, kind of device and precision give the same figures; times differ from machine to machine, and grow where cells share one. ")
            .Append("<code>poseengine report</code> with the sweep's folder rebuilds this page at any moment; with the folder of a cell it builds that run's own page.</p>\n<h2>Notes</h2>\n<ul>\n");
        foreach (var note in Notes) html.Append($"<li>{HtmlPage.Text(note)}</li>\n");
        html.Append("</ul>\n<h2>Settings</h2>\n<details>\n<summary>What all cells share (sweep.json)</summary>\n<div class=\"scroll\"><table>\n<tbody>\n");
        foreach (var (name, value) in RunConfig.Flatten(sweep.Plan.Settings))
        {
            html.Append($"<tr><td class=\"text\">{HtmlPage.Text(name)}</td><td class=\"text\">{HtmlPage.Text(value)}</td></tr>\n");
        }
        html.Append("</tbody>\n</table></div>\n</details>\n");
    }

    private static readonly string[] Notes =
    [
        "Error: mean Euclidean distance of the 17 predicted joints from the true ones, over the validation data.",
        "|C|: absolute difference of a left and a right length (Eq. 15). The median is over all six constraints and all validation samples.",
        "λ weighs the squared violations against the loss of Eq. 14; η stands on the identity of Eq. 5, so a step without constraints is the gradient divided by η. Both belong to network outputs in units of 100 mm.",
        "Over seeds the median stands first and the smallest and largest value behind it. A seed decides the weights, the minibatches and the active sets; all seeds share the data and their split.",
        "Every evaluated model counts for the fronts, at every iteration but 0. Violations at equal error are interpolated linearly along a seed's front and compared seed by seed.",
    ];
}
