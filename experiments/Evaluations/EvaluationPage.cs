namespace PoseEngine.Experiments.Evaluations;

/// <summary>report.html of <c>poseengine evaluate</c>: one file with its pictures inside.</summary>
internal static class EvaluationPage
{
    /// <summary>Builds the page.</summary>
    public static string Build(ModelEvaluation evaluation, IReadOnlyList<Figure> figures, byte[] extremes, string commandLine, string version)
    {
        var html = new StringBuilder();
        var title = $"Evaluation of {Path.GetFileName(evaluation.Model)}";
        html.Append(HtmlPage.Head(title)).Append($"<h1>{HtmlPage.Text(title)}</h1>\n<p class=\"meta\">{HtmlPage.Text(Meta(evaluation, version))}</p>\n<ul class=\"headline\">\n");
        foreach (var sentence in Sentences(evaluation)) html.Append($"<li>{HtmlPage.Text(sentence)}</li>\n");
        html.Append("</ul>\n");
        AddGates(html, evaluation);
        html.Append("<h2>Metrics</h2>\n");
        AddTable(html, EvaluationTables.Metrics(evaluation));
        html.Append("<h2>Constraints</h2>\n");
        AddTable(html, EvaluationTables.Constraints(evaluation));
        AddFigure(html, figures, "constraints");
        AddTable(html, EvaluationTables.ShareMet(evaluation));
        AddFigure(html, figures, "share-met");
        html.Append("<h2>Outputs</h2>\n");
        AddFigure(html, figures, "joints");
        AddTable(html, EvaluationTables.Outputs(evaluation));
        foreach (var (kind, groups) in evaluation.Main.Breakdowns) AddGroups(html, figures, evaluation, kind, groups);
        html.Append($"<h2>How to reproduce</h2>\n<pre>{HtmlPage.Text(commandLine)}</pre>\n");
        return html.Append(HtmlPage.Foot).ToString();
    }

    private static string Meta(ModelEvaluation evaluation, string version)
        => $"PoseEngine {version}, {evaluation.Device}, {evaluation.Precision}. Model: {evaluation.Model}. Data: {evaluation.Main.Model.Samples:N0} {evaluation.Main.Name} {evaluation.Word} of {evaluation.Data}";

    private static IEnumerable<string> Sentences(ModelEvaluation evaluation)
    {
        yield return $"Error {Num.Short(evaluation.Main.Value("error"))}{evaluation.Unit}.";
    }

    private static void AddGates(StringBuilder html, ModelEvaluation evaluation)
    {
        html.Append("<h2>Checks</h2>\n<ul>\n");
        foreach (var gate in evaluation.Gates)
        {
            html.Append($"<li>{(gate.Passed ? "✓ " : "<strong>✗ not met: </strong>")}{HtmlPage.Text(gate.Text)}</li>\n");
        }
        html.Append("</ul>\n");
        if (evaluation.Gates.Any(gate => !gate.Passed))
        {
            html.Append("<p class=\"hint\">A check that is not met asks for a look at data and training; figures of such a model need care.</p>\n");
        }
    }

    private static void AddGroups(StringBuilder html, IReadOnlyList<Figure> figures, ModelEvaluation evaluation, string kind, IReadOnlyList<MetricGroup> groups)
    {
        // A breakdown into one part repeats the whole.
        if (groups.Count > 1) AddFigure(html, figures, "by-" + kind);
        AddTable(html, EvaluationTables.Groups(evaluation, kind, groups));
    }

    private static void AddTable(StringBuilder html, TextTable table) => PlainTable.Add(html, table.Heads, table.Rows, "text", "");

    private static void AddFigure(StringBuilder html, IReadOnlyList<Figure> figures, string key) => HtmlPage.AddFigure(html, figures.Single(f => f.Key == key));
}
