namespace PoseEngine.Experiments.Sweeps;

/// <summary>report.html of a sweep.</summary>
internal static class SweepPage
{
    public static string Build(SweepResults sweep, IReadOnlyList<Chart> charts, IReadOnlyList<ClaimRow> claims)
    {
        var plan = sweep.Plan;
        var page = new Page($"Sweep: {plan.Name}{(plan.Preset == "file" ? "" : $", {plan.Preset} preset")}");
        AddHead(page, sweep);
        if (charts.Count > 0) page.Section("Comparison");
        page.Figures(charts);
        if (MetricColumns.Words.IsPose)
        {
            page.Section("Claims of section 5, measured");
            page.Claims(SweepTables.ClaimItems(claims));
            if (plan.Preset == "smoke") page.Hint("The smoke preset trains far too little for the verdicts to mean anything.");
        }
        page.Section("Seconds an iteration");
        page.Table(SweepTables.Timing(sweep));
        page.Section("Configurations");
        page.Table(SweepTables.Configurations(sweep));
        page.Section("Constraints on training and validation data");
        page.Table(SweepTables.Constraints(sweep));
        page.Folded("Each constraint", SweepTables.EachConstraint(sweep));
        if (SweepTables.Troubles(sweep) is { IsEmpty: false } troubles)
        {
            page.Section("Broken and retried cells");
            page.Table(troubles);
        }
        page.End(
            plan.CommandLine, "The same version, seeds, kind of device and precision give the same figures; times differ from machine to machine, and grow where cells share one. "
            + "`poseengine report` with the sweep's folder rebuilds this page at any moment; with the folder of a cell it builds that run's own page.",
            [.. MetricColumns.Meanings, .. Notes]);
        page.Settings("What all cells share (sweep.json)", RunConfig.Flatten(plan.Settings).Select(s => (s.Key, s.Value)));
        return page.Html();
    }

    private static void AddHead(Page page, SweepResults sweep)
    {
        var (plan, counts, start) = (sweep.Plan, sweep.Counts, sweep.Unconstrained);
        var meta = $"PoseEngine {plan.Version}, {plan.Precision}, started {plan.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC.";
        if (sweep.Data is { } data) meta += $" Data: {data.Source}, {data.Train:N0} training and {data.Validation:N0} validation samples, {MetricColumns.Baseline} error {MetricColumns.Error.WithUnit(data.MeanPoseError)}.";
        page.Meta(meta);
        if (counts.Left + counts.Running > 0)
        {
            page.Warning($"This sweep has not finished: of {counts.Total} cells {counts.Done} are done, {counts.Running} running, {counts.Left} left"
                + (counts.Broken > 0 ? $", {counts.Broken} broken" : "") + ". The same command goes on with it.");
        }
        string?[] sentences =
        [
            $"{sweep.Configurations.Count} configurations, {sweep.Cells.Select(c => c.Cell.Seed).Distinct().Count()} seeds: {counts.Done} of {counts.Total} cells done, {counts.Broken} broken.",
            start is { Error.Count: > 0 } ? Headline.Start(start, double.NaN) : null,
            .. SweepFigures.ByMethod(sweep).Where(m => m.Configurations.Any(c => c.Error.Count > 0)).Select(m => Headline.Best($"of {MethodClasses.Pretty(m.Method)}", m.Configurations, start)),
        ];
        page.Headline(sentences.OfType<string>());
    }

    private static readonly string[] Notes =
    [
        "λ weighs the squared violations against the loss of Eq. 14; η stands on the identity of Eq. 5, so a step without constraints is the gradient divided by η. Both belong to the scale of the network's targets.",
        "Over seeds the median stands first and the smallest and largest value behind it. A seed decides the weights, the minibatches and the active sets; all seeds share the data and their split.",
        "Every evaluated model counts for the fronts, at every iteration but 0. Violations at equal error are interpolated linearly along a seed's front and compared seed by seed.",
    ];
}
