using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>The content of summary.json of a sweep: what it has found so far.</summary>
/// <param name="Cells">How many cells stand where.</param>
/// <param name="Configurations">Every configuration over its seeds, the unconstrained model first.</param>
/// <param name="Fronts">The violation of each method's front at the errors that the claims compare.</param>
/// <param name="Claims">The claims of section 5.</param>
/// <param name="Timing">Seconds an iteration.</param>
/// <param name="Broken">The cells that were given up, with the reason.</param>
internal sealed record SweepSummary(
    string Name, string Preset, CellCounts Cells, IReadOnlyList<ConfigurationSummary> Configurations, IReadOnlyList<FrontSummary> Fronts,
    IReadOnlyList<ClaimSummary> Claims, IReadOnlyList<TimingRow> Timing, IReadOnlyList<BrokenCell> Broken)
{
    public static SweepSummary Of(SweepResults sweep, IReadOnlyList<ClaimRow> claims)
    {
        return new(
            sweep.Plan.Name, sweep.Plan.Preset, sweep.Counts,
            [.. sweep.All.Select(c => new ConfigurationSummary(
                c.Label, c.Method, c.Cells[0].Cell.Settings, c.Cells[0].Cell.Iterations, c.Error, c.Median, c.SecondsPerIteration, c.Krylov, c.StateText()))],
            [.. SweepFigures.ByMethod(sweep).Select(m => Front(m.Method, SeedFronts.Of(m.Configurations), sweep.Unconstrained, sweep.Data?.MeanPoseError ?? double.NaN))],
            [.. claims.Select(c => new ClaimSummary(c.Key, c.Claim, c.Rule, c.Measured, c.VerdictText))], TimingRow.Measure(sweep),
            [.. sweep.Cells.Where(c => c.State == CellState.Broken).Select(c => new BrokenCell(c.Cell.Name, c.Failures[^1].Kind, c.Failures[^1].Reason))]);
    }

    private static FrontSummary Front(string method, SeedFronts fronts, ConfigurationResult? start, double meanPose) => new(
        method, fronts.SmallestError,
        start is null ? [] : [.. Sweeps.Claims.LevelErrors(start.Error.Median, meanPose).Select(error => new FrontLevel(error, fronts.ViolationAt(error)))]);
}

/// <summary>A configuration over its seeds.</summary>
internal sealed record ConfigurationSummary(
    string Configuration, string Method, IReadOnlyDictionary<string, object?> Settings, int Iterations,
    [property: JsonPropertyName("errorMm")] Spread Error, [property: JsonPropertyName("medianViolationMm")] Spread MedianViolation,
    Spread SecondsPerIteration, Spread KrylovIterationsPerStep, string State);

/// <summary>A method's front.</summary>
internal sealed record FrontSummary(string Method, [property: JsonPropertyName("smallestErrorMm")] Spread SmallestError, IReadOnlyList<FrontLevel> Levels);

/// <summary>The violation at an error between the unconstrained model's and the mean pose's.</summary>
internal sealed record FrontLevel([property: JsonPropertyName("errorMm")] double Error, [property: JsonPropertyName("medianViolationMm")] Spread MedianViolation);

/// <summary>A claim with its verdict in words.</summary>
internal sealed record ClaimSummary(string Key, string Claim, string Rule, string Measured, string Verdict);

/// <summary>A cell that was given up.</summary>
internal sealed record BrokenCell(string Cell, string Kind, string Reason);
