namespace PoseEngine.Experiments.Reports;

/// <summary>The main figures of a run in a few sentences.</summary>
internal static class Headline
{
    /// <summary>One sentence each on the unconstrained model, the best soft and the best hard one.</summary>
    public static IEnumerable<string> Sentences(RunData run)
    {
        if (run.Unconstrained is { } start) yield return Unconstrained(start, run.MeanPoseError);
        foreach (var (kind, word) in new[] { (MethodClass.Soft, "soft"), (MethodClass.Hard, "hard") })
        {
            var models = run.Constrained.Where(m => m.Class == kind).ToList();
            if (models.Count == 0) continue;
            yield return ModelRanking.Best(models, run.Unconstrained) is { } best
                ? OneClass(best, run.Unconstrained, word)
                : $"No {word}-constraint model ended with finite figures.";
        }
    }

    private static string Unconstrained(ModelTrace start, double meanPose)
    {
        var text = $"Unconstrained: {Num.Mm(start.End.Error, 1)} mm error";
        if (double.IsFinite(meanPose)) text += $", against {Num.Mm(meanPose, 1)} mm for the mean pose";
        return text + $"; median |C| {Num.Mm(start.End.MedianViolation)} mm.";
    }

    private static string OneClass(ModelRanking.Choice best, ModelTrace? start, string word)
    {
        var model = best.Model;
        var figures = $"{MethodClasses.Pretty(model.Name)}, {Num.Mm(model.End.Error, 1)} mm error, "
            + $"median |C| {Num.Mm(model.End.MedianViolation)} mm{Change(model, start)}";
        if (start is null) return $"Least error with {word} constraints: {figures}.";
        return best.Comparable
            ? $"Best with {word} constraints at comparable error (at most 10 % above the unconstrained): {figures}."
            : $"With {word} constraints no model kept the error within 10 % of the unconstrained one's; the nearest: {figures}.";
    }

    private static string Change(ModelTrace model, ModelTrace? start)
    {
        if (start is null || !(start.End.MedianViolation > 0)) return "";
        var percent = 100 * (model.End.MedianViolation / start.End.MedianViolation - 1);
        return $" ({(percent < 0 ? "−" : "+")}{Math.Abs(percent):F0} % against unconstrained)";
    }
}
