namespace PoseEngine.Experiments.Sweeps;

/// <summary>A row of the timing table of section 5: seconds an iteration on the paper's Titan Z and here.</summary>
/// <param name="Method">The training method.</param>
/// <param name="Paper">What the paper says, or null.</param>
/// <param name="Device">The device, or "" where nothing was measured.</param>
/// <param name="Seconds">Over the configurations, each the median of its seeds.</param>
/// <param name="Krylov">Krylov iterations a step, likewise.</param>
/// <param name="Solvers">The solvers of its configurations.</param>
public sealed record TimingRow(string Method, string? Paper, string Device, Spread Seconds, Spread Krylov, IReadOnlyList<string> Solvers)
{
    /// <summary>Section 5: "between 0.8 and 1.6" for the soft methods respectively, "between 3 and 32", "at 103".</summary>
    private static readonly (string Method, string Seconds)[] PaperTimes =
        [("soft-sgd", "0.8"), ("soft-adam", "1.6"), ("hard-sgd", "3 to 32"), ("hard-adam", "103")];

    /// <summary>The paper's methods in its order, then others; a row for each device.</summary>
    public static IReadOnlyList<TimingRow> Measure(SweepResults sweep)
    {
        var methods = PaperTimes.Select(p => p.Method).Concat(sweep.Configurations.Select(c => c.Method)).Distinct();
        return [.. methods.SelectMany(method => Rows(sweep, method))];
    }

    private static IEnumerable<TimingRow> Rows(SweepResults sweep, string method)
    {
        var paper = PaperTimes.FirstOrDefault(p => p.Method == method).Seconds;
        var measured = sweep.Configurations.Where(c => c.Method == method)
            .SelectMany(c => c.Cells.Where(cell => cell.Summary is not null).GroupBy(cell => cell.Summary!.Device)
                .Select(g => (Device: g.Key, Configuration: c with { Cells = [.. g] })))
            .GroupBy(pair => pair.Device).ToList();
        if (measured.Count == 0) yield return new(method, paper, "", Spread.None, Spread.None, []);
        foreach (var device in measured)
        {
            var configurations = device.Select(pair => pair.Configuration).ToList();
            yield return new(
                method, paper, device.Key, Spread.Of(configurations.Select(c => c.SecondsPerIteration.Median)), Spread.Of(configurations.Select(c => c.Krylov.Median)),
                [.. configurations.Select(c => c.Cells[0].Cell.Settings.GetValueOrDefault("solver")?.ToString()).OfType<string>().Distinct()]);
        }
    }
}
