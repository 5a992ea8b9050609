namespace PoseEngine.Experiments.Evaluations;

/// <summary>A table of texts: names in the first column, figures in the others.</summary>
internal sealed record TextTable(IReadOnlyList<string> Heads, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>The tables of an evaluation, made from the table of metrics; the same on the console and on the page.</summary>
internal static class EvaluationTables
{
    private static readonly int[] Thresholds = [1, 2, 5, 10, 20, 50];

    /// <summary>All tables in their order.</summary>
    public static IReadOnlyList<TextTable> All(ModelEvaluation evaluation) =>
    [
        Metrics(evaluation), Constraints(evaluation), ShareMet(evaluation), Outputs(evaluation),
        .. evaluation.Main.Breakdowns.Select(breakdown => Groups(evaluation, breakdown.Kind, breakdown.Groups)),
    ];

    /// <summary>A row a metric: the model, the mean target, and the model on its training half.</summary>
    public static TextTable Metrics(ModelEvaluation evaluation)
    {
        (string Name, Measured? On)[] columns = [(evaluation.Main.Name, evaluation.Main.Model), (evaluation.Problem.IsPose ? "mean pose" : "mean target", evaluation.Main.Mean), ("train", evaluation.Train?.Model)];
        columns = [.. columns.Where(column => column.On is not null)];
        return new TextTable(
            [evaluation.Problem.Spec.Unit, .. columns.Select(column => column.Name)],
            [.. Of(evaluation, MetricParts.One).Select(metric => (string[])[metric.Title, .. columns.Select(column => Text(evaluation, metric.Compute(column.On!).First()))])]);
    }

    /// <summary>A row a constraint.</summary>
    public static TextTable Constraints(ModelEvaluation evaluation)
    {
        var columns = Of(evaluation, MetricParts.Constraints).Select(metric => metric.Compute(evaluation.Main.Model).ToArray()).ToArray();
        var rows = evaluation.Problem.Measured.Rows;
        return new TextTable(
            [$"|C|{(evaluation.Unit.Length > 0 ? "," + evaluation.Unit : "")}", "median", "95 %", "largest"],
            [.. rows.Select((row, j) => (string[])[$"C{j + 1} {row.Name}", .. columns.Select(column => Text(evaluation, column[j]))])]);
    }

    /// <summary>The share of constraints met within some thresholds.</summary>
    public static TextTable ShareMet(ModelEvaluation evaluation)
    {
        var curve = evaluation.Main.Model.ShareCurve();
        int[] places = evaluation.Problem.Spec.Unit == "mm" ? Thresholds : [.. Enumerable.Range(0, 10).Select(i => 5 * i)];
        return new TextTable(
            ["constraints met within", .. places.Select(place => string.Create(CultureInfo.InvariantCulture, $"{curve[place].Threshold:0.#e+0}").Replace("e+0", "", StringComparison.Ordinal) + evaluation.Unit)],
            [.. new[] { evaluation.Main, evaluation.Train }.OfType<SubsetEvaluation>().Select(subset => (string[])
                [subset.Name, .. places.Select(place => (100 * subset.Model.ShareCurve()[place].Share).ToString("0.0", CultureInfo.InvariantCulture) + " %")])]);
    }

    /// <summary>A row a joint, or an output.</summary>
    public static TextTable Outputs(ModelEvaluation evaluation)
    {
        var metrics = Of(evaluation, MetricParts.Outputs).ToList();
        if (metrics.Count == 0) return new TextTable([evaluation.Problem.Spec.Points.Count > 0 ? "joint" : "output"], []);
        double[][] columns = [.. metrics.Select(metric => metric.Compute(evaluation.Main.Model).ToArray()), .. evaluation.Main.Mean is { } mean ? [metrics[0].Compute(mean).ToArray()] : Array.Empty<double[]>()];
        var names = evaluation.Problem.IsPose ? Enum.GetNames<Joint>() : evaluation.Problem.OutputNames;
        string[] heads = evaluation.Problem.Spec.Points.Count > 0 ? [$"joint,{evaluation.Unit}", "error", "after PA", "mean pose"] : ["output", .. metrics.Select(metric => metric.Title.Split(" of")[0]), "mean target"];
        return new TextTable(heads, [.. names.Select((name, i) => (string[])[name, .. columns.Select(column => Text(evaluation, column[i]))])]);
    }

    /// <summary>A row a part of a breakdown.</summary>
    public static TextTable Groups(ModelEvaluation evaluation, string kind, IReadOnlyList<MetricGroup> groups)
    {
        var metrics = Of(evaluation, MetricParts.One).Where(metric => metric.InGroups).ToList();
        return new TextTable(
            [$"{kind},{evaluation.Unit}", "images", .. metrics.Select(metric => metric.Short), "mean pose"],
            [.. groups.Select(g => (string[])
                [g.Name, $"{g.Model.Samples}", .. metrics.Select(metric => Text(evaluation, metric.Compute(g.Model).First())), Text(evaluation, metrics[0].Compute(g.Mean).First())])]);
    }

    /// <summary>A table as lines of text with aligned columns.</summary>
    public static IEnumerable<string> Lines(TextTable table)
    {
        const int first = 38;
        return table.Rows.Prepend(table.Heads).Select(row => "  " + row[0].PadRight(first) + string.Concat(row.Skip(1).Select(cell => "  " + cell.PadLeft(11))));
    }

    private static IEnumerable<Metric> Of(ModelEvaluation evaluation, MetricParts parts) => MetricTable.Of(evaluation.Problem).Where(metric => metric.Parts == parts);

    /// <summary>Millimetres have two decimals, numbers of unknown size three digits.</summary>
    private static string Text(ModelEvaluation evaluation, double value) => evaluation.Problem.Spec.Unit == "mm" ? Num.Mm(value) : Num.Short(value);
}
