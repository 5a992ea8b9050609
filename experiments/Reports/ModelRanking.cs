namespace PoseEngine.Experiments.Reports;

/// <summary>
/// Which models the headline names. A method wins nothing by meeting constraints with a useless pose, so models are
/// compared at comparable error: within 10 % of the unconstrained model's.
/// </summary>
public static class ModelRanking
{
    /// <summary>How much more error than the unconstrained model's still counts as comparable.</summary>
    public const double Tolerance = 1.1;

    /// <summary>A chosen model and whether its error is comparable to the unconstrained model's.</summary>
    public sealed record Choice(ModelTrace Model, bool Comparable);

    /// <summary>
    /// Of the given models the one with the smallest median |C| among those of comparable error; when there is none,
    /// the one with the smallest error; null when none has finite figures.
    /// </summary>
    public static Choice? Best(IEnumerable<ModelTrace> models, ModelTrace? unconstrained)
    {
        var finite = models.Where(m => double.IsFinite(m.End.Error) && double.IsFinite(m.End.MedianViolation)).ToList();
        if (finite.Count == 0) return null;
        var limit = unconstrained is null ? double.NaN : unconstrained.End.Error * Tolerance;
        var comparable = finite.Where(m => m.End.Error <= limit).ToList();
        return comparable.Count > 0
            ? new(comparable.MinBy(m => m.End.MedianViolation)!, true)
            : new(finite.MinBy(m => m.End.Error)!, false);
    }

    /// <summary>The models of a picture with little room: the unconstrained one and the best of each method.</summary>
    public static IReadOnlyList<ModelTrace> Representatives(RunData run, int room)
    {
        if (run.Models.Count <= room) return run.Models;
        var best = run.Constrained.GroupBy(m => m.End.Method)
            .Select(g => Best(g, run.Unconstrained)?.Model).OfType<ModelTrace>();
        return (run.Unconstrained is { } u ? best.Prepend(u) : best).Take(room).ToList();
    }
}
