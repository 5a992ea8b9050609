namespace PoseEngine.Experiments.Reports;

/// <summary>The results as plain text, at most 100 columns wide, the same on a terminal and in a file.</summary>
internal static class FinalTable
{
    private const int LongestName = 34;

    /// <summary>The table with the line on the data above it.</summary>
    public static string Format(RunSummary summary)
    {
        var data = summary.Data;
        var table = ReportTable.Of(
            ["model", "iterations", MetricColumns.Error.Head, MetricColumns.Violation.Short, MetricColumns.P95.Short, "s/iter", "Krylov"],
            summary.Models.Select(m => (string[])
            [
                Name(m), $"{m.Iterations:N0}", MetricColumns.Error.Text(m.Error), MetricColumns.Violation.Text(m.MedianViolation), MetricColumns.P95.Text(m.P95Violation),
                Num.Short(m.SecondsPerIteration), Num.Short(m.KrylovIterationsPerStep),
            ]));
        IEnumerable<string> lines =
        [
            $"{summary.Command}, preset {summary.Preset}, seed {summary.Seed}, {summary.Device} {summary.Precision}, {Num.Duration(summary.SecondsTotal)}",
            $"{data.Source}: {data.Train:N0} training and {data.Validation:N0} validation samples, {MetricColumns.Baseline} error {MetricColumns.Error.WithUnit(data.MeanPoseError)}",
            "",
            .. table.Lines(isRuled: true),
            .. summary.Models.Where(m => m.Diverged is not null).Select(m => $"{Name(m)}: diverged, {m.Diverged!.Reason}"),
            .. summary.Models.Where(m => m.UnconvergedSolves > 0).Select(m => $"{Name(m)}: {m.UnconvergedSolves:N0} of {m.Solves:N0} solves did not converge"),
            .. summary.Models.Where(m => m.RejectedSteps > 0).Select(m => $"{Name(m)}: {m.RejectedSteps:N0} of {m.Solves:N0} steps were taken back"),
        ];
        return string.Concat(lines.Select(line => line + Environment.NewLine));
    }

    public static void Write(TextWriter output, RunSummary summary) => output.Write(Format(summary));

    private static string Name(ModelSummary model)
    {
        var name = MethodClasses.Pretty(model.Name);
        return name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";
    }
}
