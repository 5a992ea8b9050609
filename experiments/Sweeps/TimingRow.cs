namespace PoseEngine.Experiments.Sweeps;

/// <summary>A row of the timing table of section 5: seconds an iteration on the paper's Titan Z and here.</summary>
/// <param name="Paper">What the paper says, or null.</param>
/// <param name="Device">The device, or "" where nothing was measured.</param>
/// <param name="Seconds">Over the configurations, each the median of its seeds.</param>
/// <param name="Krylov">Krylov iterations a step, likewise.</param>
/// <param name="Solver">The solver of a hard method's steps, else "".</param>
internal sealed record TimingRow(string Method, string? Paper, string Device, Spread Seconds, Spread Krylov, string Solver)
{
    /// <summary>The paper's methods in its order, then others; a row for each solver and device.</summary>
    public static IReadOnlyList<TimingRow> Measure(SweepResults sweep)
    {
        var methods = MethodRegistry.All.Where(method => method.Paper is not null).Select(method => method.Name).Concat(sweep.Configurations.Select(c => c.Method)).Distinct();
        return [.. methods.SelectMany(method => Rows(sweep, method))];
    }

    private static string SolverOf(ConfigurationResult configuration)
        => configuration.Cells[0].Cell.Settings.GetValueOrDefault("solver")?.ToString() ?? "";

    private static IEnumerable<TimingRow> Rows(SweepResults sweep, string method)
    {
        var paper = PaperTimes.Of(method)?.ToString();
        var measured = sweep.Configurations.Where(c => c.Method == method)
            .SelectMany(c => c.Cells.Where(cell => cell.Summary is not null).GroupBy(cell => cell.Summary!.Device)
                .Select(g => (Device: g.Key, Solver: SolverOf(c), Configuration: c with { Cells = [.. g] })))
            .GroupBy(row => (row.Solver, row.Device)).ToList();
        if (measured.Count == 0) yield return new(method, paper, "", Spread.None, Spread.None, "");
        foreach (var group in measured)
        {
            var configurations = group.Select(row => row.Configuration).ToList();
            yield return new(
                method, paper, group.Key.Device, Spread.Of(configurations.Select(c => c.SecondsPerIteration.Median)),
                Spread.Of(configurations.Select(c => c.Krylov.Median)), group.Key.Solver);
        }
    }
}
