using PoseEngine.Experiments.Reports;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>How much the outcome of a method depends on its settings.</summary>
/// <param name="Ended">Cells that are done or broken.</param>
/// <param name="Diverged">Cells that met a NaN or an infinity, or ended worse than the mean pose.</param>
/// <param name="Range">The largest over the smallest error of its configurations that did not diverge.</param>
public sealed record Stability(int Ended, int Diverged, double Range)
{
    /// <summary>The share of cells that diverged.</summary>
    public double DivergedShare => Ended == 0 ? double.NaN : (double)Diverged / Ended;

    /// <summary>The stability of a method in a sweep.</summary>
    public static Stability Of(SweepResults sweep, string method)
    {
        var configurations = sweep.Configurations.Where(c => c.Method == method).ToList();
        var cells = configurations.SelectMany(c => c.Cells).Where(c => c.State is CellState.Done or CellState.Broken).ToList();
        var mean = sweep.Data?.MeanPoseErrorMm ?? double.NaN;
        bool IsLost(CellResult cell) => cell.Model is null ? cell.Diverged : !double.IsFinite(cell.Model.ErrorMm) || cell.Model.ErrorMm > mean;
        var errors = Spread.Of(configurations.Select(c => Spread.Of(c.Cells.Where(cell => cell.Model is not null && !IsLost(cell)).Select(cell => cell.Model!.ErrorMm)).Median));
        return new(cells.Count, cells.Count(IsLost), errors.High / errors.Low);
    }

    /// <summary>"Soft-SGD: 6 of 27 cells diverged, errors of the others differ by a factor of 1.40".</summary>
    public string Text(string method)
        => $"{method}: {Diverged} of {Ended} cells diverged (a NaN, or worse than the mean pose)"
        + (double.IsFinite(Range) ? $", the errors of the others differ by a factor of {Num.Short(Range)} between settings" : "");
}
