namespace PoseEngine.Experiments.Sweeps;

/// <summary>How much the outcome of a method depends on its settings.</summary>
/// <param name="Ended">Cells that are done or broken.</param>
/// <param name="Diverged">Cells that met a NaN or an infinity.</param>
/// <param name="Worse">Cells that ended worse than the mean pose.</param>
/// <param name="Range">The largest over the smallest error of its configurations, of the other cells.</param>
internal sealed record Stability(int Ended, int Diverged, int Worse, double Range)
{
    /// <summary>The share of cells that diverged or ended worse than the mean pose.</summary>
    public double LostShare => Ended == 0 ? double.NaN : (double)(Diverged + Worse) / Ended;

    public static Stability Of(SweepResults sweep, string method)
    {
        var configurations = sweep.Configurations.Where(c => c.Method == method).ToList();
        var cells = configurations.SelectMany(c => c.Cells).Where(c => c.State is CellState.Done or CellState.Broken).ToList();
        var mean = sweep.Data?.MeanPoseError ?? double.NaN;
        bool IsWorse(CellResult cell) => cell.Model is { } model && model.Error > mean;
        var errors = Spread.Of(configurations.Select(c => Spread.Of(c.Cells.Where(cell => !IsWorse(cell)).Select(cell => cell.Model?.Error ?? double.NaN)).Median));
        return new(cells.Count, cells.Count(cell => cell.Model is null && cell.Diverged), cells.Count(IsWorse), errors.High / errors.Low);
    }

    /// <summary>"Soft-SGD: of 27 cells 6 diverged and 1 ended worse than the mean pose; the errors of the others differ by a factor of 1.40".</summary>
    public string Text(string method)
        => $"{method}: of {Ended} cells {Diverged} diverged and {Worse} ended worse than the mean pose"
        + (double.IsFinite(Range) ? $"; the errors of the others differ by a factor of {Num.Short(Range)} between settings" : "");
}
