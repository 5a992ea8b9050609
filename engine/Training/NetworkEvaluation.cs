using PoseEngine.Constraints;

namespace PoseEngine.Training;

/// <summary>A network measured on a whole set of samples.</summary>
public sealed record NetworkEvaluation
{
    /// <summary>The predictions [N, outputs] in the source's unit.</summary>
    public required double[] Predictions { get; init; }

    /// <summary>The root of the mean square error over samples and outputs, in the source's unit; NaN without targets.</summary>
    public required double Rmse { get; init; }

    /// <summary>The number of the source's units in one unit of the network's outputs.</summary>
    public required double Unit { get; init; }

    /// <summary>What became of each constraint, in the order of its rows; empty where none was given.</summary>
    public required IReadOnlyList<RowViolation> Violations { get; init; }

    /// <summary>R of Eq. 14 over all samples, in the square of the outputs' unit.</summary>
    public double Loss => Rmse / Unit * (Rmse / Unit);
}

/// <summary>The violations of one constraint over a set of samples; all NaN where one of them is.</summary>
/// <param name="Row">Name, unit and kind.</param>
/// <param name="Median">Median of |C_j|; of an inequality a sample that meets it counts 0.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="Maximum">The largest.</param>
/// <param name="ShareMet">The share of samples with |C_j| up to the tolerance.</param>
public sealed record RowViolation(ConstraintRow Row, double Median, double P95, double Maximum, double ShareMet)
{
    /// <summary>The figures of some |C_j|, whose array is sorted.</summary>
    public static RowViolation Of(ConstraintRow row, double[] violations, double tolerance)
    {
        var (median, p95, maximum) = (Statistics.QuantileOrNaN(violations, 0.5), Statistics.QuantileOrNaN(violations, 0.95), Statistics.QuantileOrNaN(violations, 1));
        var met = violations.Count(v => v <= tolerance) / (double)violations.Length;
        return new RowViolation(row, median, p95, maximum, double.IsNaN(median) ? double.NaN : met);
    }
}
