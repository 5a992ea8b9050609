namespace PoseEngine.Experiments.Reports;

/// <summary>Hard against soft: what an iteration of each model costs, beside the paper's.</summary>
internal static class HtmlCost
{
    /// <summary>Adds the table where there is a constrained model with a time; its last column is the factor on the mean soft time.</summary>
    public static void Add(StringBuilder html, RunData run)
    {
        var models = run.Models.Where(m => double.IsFinite(m.End.SecondsPerIteration)).ToList();
        if (models.All(m => m.Class == MethodClass.Unconstrained)) return;
        var soft = MeanSoft(models);
        html.Append("<h2>Hard against soft: cost</h2>\n<div class=\"scroll\">\n<table>\n")
            .Append("<thead><tr><th class=\"text\">method</th><th>s/iteration</th><th>times soft</th><th>Krylov</th>")
            .Append($"<th>paper, {PaperTimes.Machine}<br><small>s/iteration</small></th></tr></thead>\n<tbody>\n");
        foreach (var model in models)
        {
            var end = model.End;
            html.Append($"<tr><td class=\"text\">{HtmlPage.Text(MethodClasses.Pretty(end.Name))}</td><td>{Num.Short(end.SecondsPerIteration)}</td>")
                .Append($"<td>{Num.Short(end.SecondsPerIteration / soft)}</td><td>{Num.Short(end.KrylovIterationsPerStep)}</td>")
                .Append($"<td>{PaperTimes.Of(end.Method)?.ToString() ?? Num.Missing}</td></tr>\n");
        }
        html.Append("</tbody>\n</table>\n</div>\n<p class=\"hint\">").Append(HtmlPage.Text(Sentence(models, soft)))
            .Append("Times are those of training without evaluations; <code>poseengine bench --table</code> tells of what they are made.</p>\n");
    }

    private static double MeanSoft(List<ModelTrace> models)
    {
        var soft = models.Where(m => m.Class == MethodClass.Soft).Select(m => m.End.SecondsPerIteration).ToList();
        return soft.Count == 0 ? double.NaN : soft.Average();
    }

    private static string Sentence(List<ModelTrace> models, double soft)
    {
        var hard = models.Where(m => m.Class == MethodClass.Hard).Select(m => m.End.SecondsPerIteration / soft).Where(double.IsFinite).ToList();
        return hard.Count == 0
            ? ""
            : $"An iteration of a hard method takes {Range(hard.Min(), hard.Max())} times that of a soft one on average; in the paper 10 to 100 times. ";
    }

    private static string Range(double least, double most)
    {
        var (low, high) = (Num.Short(least), Num.Short(most));
        return low == high ? low : $"{low} to {high}";
    }
}
