namespace PoseEngine.Experiments.Evaluations;

/// <summary>Plots and report.html of <c>poseengine evaluate</c>.</summary>
internal static class EvaluationPage
{
    /// <summary>Writes the plots into a folder that is there and builds the page.</summary>
    /// <param name="evaluation">What was found.</param>
    /// <param name="figures">The folder of the plots.</param>
    /// <param name="extremes">The sheet of worst and best predictions, or null where samples are no pictures.</param>
    /// <param name="commandLine">As it was typed.</param>
    public static string Build(ModelEvaluation evaluation, string figures, byte[]? extremes, string commandLine, string version)
    {
        var main = evaluation.Main;
        var (constraints, shareMet, outputs) = (EvaluationFigures.Constraints(evaluation), EvaluationFigures.ShareMet(evaluation), EvaluationFigures.Outputs(evaluation));
        var groups = main.Breakdowns.Select(b => (b.Groups, Chart: EvaluationFigures.Groups(b.Kind, b.Groups), Table: EvaluationTables.Groups(b.Kind, b.Groups))).ToList();
        PlotFiles.Write([constraints, shareMet, .. new[] { outputs }.OfType<Chart>(), .. groups.Select(g => g.Chart)], figures);
        var page = new Page($"Evaluation of {Path.GetFileName(evaluation.Model)}");
        page.Meta(Meta(evaluation, version));
        page.Headline(Sentences(evaluation));
        if (evaluation.Gates.Count > 0) page.Section("Checks");
        page.Claims(evaluation.Gates.Select(gate => new ClaimItem(gate.Text, gate.Passed ? "✓ met" : "✗ not met", gate.Passed ? "yes" : "no")));
        if (evaluation.Gates.Any(gate => !gate.Passed)) page.Hint("A check that is not met asks for a look at data and training; figures of such a model need care.");
        page.Section("Metrics");
        page.Table(EvaluationTables.Metrics(evaluation));
        page.Section("Constraints");
        page.Figures([constraints, shareMet]);
        page.Table(EvaluationTables.Constraints(evaluation));
        page.Table(EvaluationTables.ShareMet(evaluation));
        if (outputs is not null)
        {
            page.Section($"{char.ToUpperInvariant(evaluation.OutputWord[0])}{evaluation.OutputWord[1..]}s");
            page.Figures([outputs]);
            page.Folded($"The {evaluation.OutputWord}s in numbers", EvaluationTables.Outputs(evaluation));
        }
        if (groups.Count > 0) page.Section("By subject, camera and source");
        // A breakdown into one part repeats the whole.
        if (groups.Any(g => g.Groups.Count > 1)) page.Figures([.. groups.Where(g => g.Groups.Count > 1).Select(g => g.Chart)]);
        foreach (var (_, _, table) in groups) page.Table(table);
        if (extremes is not null)
        {
            page.Section("Worst, middle and best predictions");
            page.Picture(
                extremes, "", "Images with true and predicted skeletons",
                "Ordered by the paper's error of each image. Blue and orange: the predicted left and right side; green and pink, pale: the true ones.");
        }
        page.End(commandLine, "", evaluation.Problem.IsPose ? Notes : [.. MetricColumns.Meanings]);
        return page.Html();
    }

    private static string Meta(ModelEvaluation evaluation, string version)
    {
        var (main, word) = (evaluation.Main, evaluation.Word);
        var text = $"PoseEngine {version}, {evaluation.Device}, {evaluation.Precision}. Model: {evaluation.Model}. Data: {main.Model.Samples:N0} {main.Name} {word} of {evaluation.Data}";
        return evaluation.Train is { } train ? text + $", and {train.Model.Samples:N0} of its {train.Available:N0} training {word}, evenly spaced." : text + ".";
    }

    private static IEnumerable<string> Sentences(ModelEvaluation evaluation)
    {
        var (main, error, violation) = (evaluation.Main, MetricColumns.Error, MetricColumns.Violation);
        var baseline = main.Mean is { } mean ? $"; the {MetricColumns.Baseline} of the training data has {error.WithUnit(mean.Value("error"))}" : "";
        yield return $"Error {error.WithUnit(main.Value("error"))}{baseline}." + (evaluation.Problem.IsPose ? $" PA-MPJPE {error.WithUnit(main.Value("paMpjpe"))}, N-MPJPE {error.WithUnit(main.Value("nMpjpe"))}." : "");
        var met = main.Model.ShareCurve()[evaluation.Problem.IsPose ? 10 : 25];
        yield return $"Median |C| {violation.WithUnit(main.Value("medianViolation"))}, 95 % below {MetricColumns.P95.WithUnit(main.Value("p95Violation"))}; {Num.Fixed(100 * met.Share, 0)} % of constraints are met within {Num.Setting(met.Threshold)} {violation.Unit}".TrimEnd() + ".";
        if (evaluation.Projects)
        {
            var most = main.Model.Value("projectedMaxViolation");
            yield return $"Each output moved to the nearest point at which all constraints hold: error {error.WithUnit(main.Value("projectedError"))}, largest |C| {$"{Num.Short(most)} {violation.Unit}".TrimEnd()}.{(main.Model.Projection.Failed > 0 ? $" {main.Model.Projection.Failures}." : "")}";
        }
        if (evaluation.Train is { } train) yield return $"On training {evaluation.Word} the error is {error.WithUnit(train.Value("error"))} and the median |C| {violation.WithUnit(train.Value("medianViolation"))}.";
    }

    private static readonly string[] Notes =
    [
        "Error: mean Euclidean distance of the 17 predicted joints from the true ones, nothing aligned; the pelvis is the origin of every true pose.",
        "Root-aligned MPJPE (protocol 1): the predicted pelvis moved onto the true one first; N-MPJPE: the best scale about it besides; PA-MPJPE (protocol 2): the best rotation, scale and shift of each pose. The best ones minimize squared distances. All are means over 17 joints.",
        "|C|: absolute difference of a left and a right length (Eq. 15). MPSSE is its mean: the six pairs of segments are those of Eq. 15.",
        "Mean pose: what a model that sees nothing would best answer, the mean of all training poses.",
        "The mirror check predicts on images with left and right exchanged and compares with the mirrored true poses.",
    ];
}
