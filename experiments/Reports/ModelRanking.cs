namespace PoseEngine.Experiments.Reports;

/// <summary>Which models the headline names. A method wins nothing by meeting constraints with useless predictions, so models are compared
/// at comparable error: within 10 % of the unconstrained model's.</summary>
internal static class ModelRanking
{
    /// <summary>How much more error than the unconstrained model's still counts as comparable.</summary>
    public const double Tolerance = 1.1;

    /// <summary>A chosen model and whether its error is comparable to the unconstrained model's.</summary>
    public sealed record Choice<T>(T Model, bool Comparable);

    /// <summary>Of the given models the one with the smallest median |C| among those of comparable error; when there is none, the one with
    /// the smallest error; null when none has finite figures.</summary>
    public static Choice<T>? Best<T>(IEnumerable<T> models, IContender? unconstrained)
        where T : class, IContender
    {
        var finite = models.Where(m => m.Error.Count > 0 && m.Median.Count > 0).ToList();
        if (finite.Count == 0) return null;
        var comparable = finite.Where(m => IsComparable(m, unconstrained)).ToList();
        return comparable.Count > 0
            ? new(comparable.MinBy(m => m.Median.Median)!, true)
            : new(finite.MinBy(m => m.Error.Median)!, false);
    }

    /// <summary>Whether the error is at most 10 % above the unconstrained model's.</summary>
    public static bool IsComparable(IContender model, IContender? unconstrained) => unconstrained is not null && model.Error.Median <= unconstrained.Error.Median * Tolerance;

    public static IEnumerable<T> BestOfMethods<T>(IEnumerable<T> models, IContender? unconstrained)
        where T : class, IContender
        => models.GroupBy(m => m.Method).Select(g => Best(g, unconstrained)?.Model).OfType<T>();
}
