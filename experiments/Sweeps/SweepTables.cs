namespace PoseEngine.Experiments.Sweeps;

/// <summary>The tables of a sweep's page.</summary>
internal static class SweepTables
{
    /// <summary>The claims of section 5 beside what was measured.</summary>
    public static IEnumerable<ClaimItem> ClaimItems(IReadOnlyList<ClaimRow> claims) => claims.Select(row => new ClaimItem(
        row.Claim, row.VerdictText, row.Verdict switch { Verdict.Agrees => "yes", Verdict.DoesNotAgree => "no", _ => "open" }, ("measured", row.Measured), ("counts as agreement", row.Rule)));

    public static ReportTable Timing(SweepResults sweep)
    {
        // The paper's times are those of its own network.
        var isPose = MetricColumns.Words.IsPose;
        var rows = TimingRow.Measure(sweep).Where(row => isPose || row.Seconds.Count > 0).ToList();
        var reference = rows.FirstOrDefault(r => r.Method == MethodRegistry.Of<SoftSgdMethod>().Name && r.Seconds.Count > 0);
        string Ratio(TimingRow row) => reference is not null && reference.Device == row.Device ? Num.Short(row.Seconds.Median / reference.Seconds.Median) : Num.Missing;
        static string Short(Spread spread) => spread.Text(value => Num.Short(value));
        return ReportTable.Of(
            [Column.Text("method"), .. isPose ? [new Column($"paper ({PaperTimes.Machine})")] : Array.Empty<Column>(), "here", "of Soft-SGD", "Krylov iterations", Column.Text("solver"), Column.Text("device")],
            rows.Select(row => (string[])
            [
                MethodClasses.Pretty(row.Method), .. isPose ? [row.Paper ?? Num.Missing] : Array.Empty<string>(), Short(row.Seconds), Ratio(row), Short(row.Krylov),
                row.Solver.Length > 0 ? row.Solver : Num.Missing, row.Device.Length > 0 ? row.Device : "not measured",
            ]),
            "Wall-clock time without evaluations: the median of the configurations, each the median of its seeds, then the fastest and the slowest. Krylov: iterations of the linear solver a step; – where none ran, as with the Gram solver.");
    }

    public static ReportTable Configurations(SweepResults sweep)
    {
        var styles = SeriesStyle.Assign(sweep.All);
        Spread Projected(ConfigurationResult c) => Spread.Of(c.Models.Select(m => m.Value("projectedError")));
        var isProjected = sweep.All.Any(c => Projected(c).Count > 0);
        var table = new ReportTable([
            Column.Wrapped("configuration"), "iterations", MetricColumns.Error.Head, MetricColumns.Violation.Head, MetricColumns.P95.Head,
            .. isProjected ? [new Column("error,\nprojected")] : Array.Empty<Column>(), "s/iteration", "Krylov", Column.Text("cells")])
        {
            Lead = string.Join(' ', sweep.All.DistinctBy(c => c.Method).Where(c => c.Shared is { Count: > 0 })
                .Select(c => $"All of {MethodClasses.Pretty(c.Method)}: {MethodClasses.Symbols(string.Join(", ", c.Shared!))}.")),
            Hint = "Last models on the validation data; the median over the seeds that are done, then the smallest and the largest.",
        };
        foreach (var c in sweep.All)
        {
            table.Add(
                [
                    c.Shown, $"{c.Cells[0].Cell.Iterations:N0}", MetricColumns.Error.Text(c.Error), MetricColumns.Violation.Text(c.Median),
                    MetricColumns.P95.Text(Spread.Of(c.Models.Select(m => m.P95Violation))),
                    .. isProjected ? [MetricColumns.Error.Text(Projected(c))] : Array.Empty<string>(), Num.Short(c.SecondsPerIteration.Median), Num.Short(c.Krylov.Median), c.StateText(),
                ],
                c.Class.ToString().ToLowerInvariant(), styles[c.Shown]);
        }
        return table;
    }

    private static string InUnit => MetricColumns.Violation.Unit is { Length: > 0 } unit ? $", in {unit}" : "";

    /// <summary>How well constraints hold together on training and on validation data, with two rows a configuration.</summary>
    public static ReportTable Constraints(SweepResults sweep)
    {
        var table = new ReportTable(Column.Wrapped("configuration"), Column.Text("data"), MetricColumns.Error.Head, "median |C|", "95 % below", "largest |C|")
        {
            Hint = $"Each the median over seeds{InUnit}. Training: at most 2,000 samples, evenly spaced.",
        };
        AddRows(table, sweep, seeds =>
        [
            MetricColumns.Error.Text(MedianOf(seeds, s => s.Error)), MetricColumns.Violation.Text(MedianOf(seeds, s => s.Median)),
            MetricColumns.P95.Text(MedianOf(seeds, s => s.P95)), MetricColumns.P95.Text(MedianOf(seeds, s => s.Max)),
        ]);
        return table;
    }

    public static ReportTable EachConstraint(SweepResults sweep)
    {
        var names = ConstraintNames.Of(sweep.All.SelectMany(c => c.Cells).Select(cell => cell.Constraints?.Train.PerMedian.Count ?? 0).DefaultIfEmpty(0).Max());
        var table = new ReportTable([Column.Wrapped("configuration"), Column.Text("data"), .. names.Select(name => new Column(name.Replace(' ', '\n')))])
        {
            Hint = $"Median / 95th percentile / largest |C|{InUnit}, each the median over seeds.",
        };
        AddRows(table, sweep, seeds => names.Select((_, j) => string.Join(
            " / ", MetricColumns.Violation.Text(MedianOf(seeds, s => At(s.PerMedian, j))), MetricColumns.P95.Text(MedianOf(seeds, s => At(s.PerP95, j))), MetricColumns.P95.Text(MedianOf(seeds, s => At(s.PerMax, j))))));
        return table;

        static double At(IReadOnlyList<double> values, int index) => index < values.Count ? values[index] : double.NaN;
    }

    /// <summary>What went wrong, cell by cell.</summary>
    public static ReportTable Troubles(SweepResults sweep) => ReportTable.Of(
        [Column.Wrapped("cell"), Column.Text("state"), "attempts that failed", Column.Wrapped("reason of the last")],
        sweep.Cells.Where(c => c.Failures.Count > 0 || c.State == CellState.Blocked).Select(cell => (string[])
        [
            MethodClasses.Pretty(cell.Cell.Name), cell.State == CellState.Blocked ? "without a start" : cell.State.ToString().ToLowerInvariant(), $"{cell.Failures.Count}",
            cell.Failures.Count > 0 ? $"{cell.Failures[^1].Kind}: {cell.Failures[^1].Reason}" : "the unconstrained model of its seed is broken",
        ]),
        "A cell is tried twice, the second time from its last checkpoint, and then left; `poseengine sweep --retry` tries broken cells again.");

    private static void AddRows(ReportTable table, SweepResults sweep, Func<IReadOnlyList<ConstraintStatistics>, IEnumerable<string>> cellsOf)
    {
        var styles = SeriesStyle.Assign(sweep.All);
        foreach (var configuration in sweep.All)
        {
            var cells = configuration.Cells.Select(cell => cell.Constraints).OfType<CellConstraints>().ToList();
            if (cells.Count == 0) continue;
            var rowClass = configuration.Class.ToString().ToLowerInvariant();
            table.Add([configuration.Shown, "training", .. cellsOf([.. cells.Select(c => c.Train)])], rowClass, styles[configuration.Shown]);
            table.Add(["", "validation", .. cellsOf([.. cells.Select(c => c.Validation)])], rowClass);
        }
    }

    private static double MedianOf(IReadOnlyList<ConstraintStatistics> seeds, Func<ConstraintStatistics, double> of) => Spread.Of(seeds.Select(of)).Median;
}
