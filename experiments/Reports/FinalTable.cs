namespace PoseEngine.Experiments.Reports;

/// <summary>The results as plain text, at most 100 columns wide, the same on a terminal and in a file.</summary>
public static class FinalTable
{
    private const int LongestName = 34;

    private static readonly (string Head, Func<ModelSummary, string> Cell)[] Columns =
    [
        ("iterations", m => $"{m.Iterations:N0}"),
        ("error mm", m => Num.Mm(m.Error, 1)),
        ("median |C|", m => Num.Mm(m.MedianViolation)),
        ("p95 |C|", m => Num.Mm(m.P95Violation, 1)),
        ("s/iter", m => Num.Short(m.SecondsPerIteration)),
        ("Krylov", m => Num.Short(m.KrylovIterationsPerStep)),
    ];

    /// <summary>The table with the line on the data above it.</summary>
    public static string Format(RunSummary summary)
    {
        var data = summary.Data;
        var text = new StringBuilder()
            .AppendLine($"{summary.Command}, preset {summary.Preset}, seed {summary.Seed}, {summary.Device} {summary.Precision}, {Num.Duration(summary.SecondsTotal)}")
            .AppendLine($"{data.Source}: {data.Train:N0} training and {data.Validation:N0} validation samples, mean pose error {Num.Mm(data.MeanPoseError, 1)} mm")
            .AppendLine();
        var names = summary.Models.Select(m => Shorten(MethodClasses.Pretty(m.Name))).ToList();
        var nameWidth = Math.Max("model".Length, names.Count == 0 ? 0 : names.Max(n => n.Length));
        var cells = summary.Models.Select(m => Columns.Select(c => c.Cell(m)).ToArray()).ToList();
        var widths = Columns.Select((c, i) => cells.Select(row => row[i].Length).Append(c.Head.Length).Max()).ToArray();

        AddRow(text, "model".PadRight(nameWidth), Columns.Select(c => c.Head), widths);
        text.AppendLine(new string('-', nameWidth + widths.Sum(w => w + 2)));
        for (var i = 0; i < names.Count; i++) AddRow(text, names[i].PadRight(nameWidth), cells[i], widths);
        foreach (var model in summary.Models.Where(m => m.Diverged is not null))
            text.AppendLine($"{Shorten(MethodClasses.Pretty(model.Name))}: diverged, {model.Diverged!.Reason}");
        foreach (var model in summary.Models.Where(m => m.UnconvergedSolves > 0))
            text.AppendLine($"{Shorten(MethodClasses.Pretty(model.Name))}: {model.UnconvergedSolves:N0} of {model.Solves:N0} solves did not converge");
        return text.ToString();
    }

    /// <summary>Writes the table.</summary>
    public static void Write(TextWriter output, RunSummary summary) => output.Write(Format(summary));

    private static void AddRow(StringBuilder text, string name, IEnumerable<string> cells, int[] widths) => text
        .Append(name).AppendJoin("", cells.Select((cell, i) => "  " + cell.PadLeft(widths[i]))).AppendLine();

    private static string Shorten(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";
}
