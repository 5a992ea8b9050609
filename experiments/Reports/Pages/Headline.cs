namespace PoseEngine.Experiments.Reports;

/// <summary>The main figures of a run or a sweep in a few sentences.</summary>
internal static class Headline
{
    /// <summary>A sentence on the unconstrained model.</summary>
    public static string Start(IContender start, double baseline)
    {
        var text = $"Unconstrained: {MetricColumns.Error.WithUnit(start.Error)} error";
        if (double.IsFinite(baseline)) text += $", against {MetricColumns.Error.WithUnit(baseline)} for the {MetricColumns.Baseline}";
        return text + $"; median |C| {MetricColumns.Violation.WithUnit(start.Median)}.";
    }

    /// <summary>A sentence on the best of some models, such as those "with soft constraints"; null where there are none.</summary>
    public static string? Best(string which, IReadOnlyList<IContender> models, IContender? start)
    {
        if (models.Count == 0) return null;
        if (ModelRanking.Best(models, start) is not { } best) return $"No model {which} ended with finite figures.";
        var figures = $"{best.Model.Shown}, {MetricColumns.Error.WithUnit(best.Model.Error)} error, median |C| {MetricColumns.Violation.WithUnit(best.Model.Median)}{Change(best.Model, start)}";
        if (start is null) return $"Least error {which}: {figures}.";
        return best.Comparable
            ? $"Best {which} at comparable error (at most 10 % above the unconstrained): {figures}."
            : $"Least error {which}: {figures}; no model kept the error within 10 % of the unconstrained one's.";
    }

    /// <summary>A sentence on what the models' outputs are once projected; null where that is not known.</summary>
    public static string? Projected(IEnumerable<IContender> models)
    {
        var all = models.SelectMany(model => model.Models).Where(model => double.IsFinite(model.Value("projectedError"))).ToList();
        if (all.Count == 0) return null;
        var (error, most, failed) = (Spread.Of(all.Select(model => model.Value("projectedError"))), all.Max(model => model.Value("projectedMaxViolation")), all.Sum(model => model.Value("notProjected")));
        return $"Each output moved to the nearest point at which all constraints hold: error {MetricColumns.Error.WithUnit(error.Low)} (best model) to {MetricColumns.Error.WithUnit(error.High)}, largest |C| {$"{Num.Short(most)} {MetricColumns.Violation.Unit}".TrimEnd()}"
            + (failed > 0 ? $"; {failed:N0} samples of all models could not be projected." : ".");
    }

    private static string Change(IContender model, IContender? start)
    {
        if (start is null || !(start.Median.Median > 0)) return "";
        var percent = 100 * ((model.Median.Median / start.Median.Median) - 1);
        return $" ({(percent < 0 ? "−" : "+")}{Math.Abs(percent):F0} % against unconstrained)";
    }
}
