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
        AddTable(html, EvaluationTables.Constraints(evaluation.Main));
        AddFigure(html, figures, "constraints");
        AddTable(html, EvaluationTables.ShareMet(evaluation));
        AddFigure(html, figures, "share-met");
        html.Append("<h2>Joints</h2>\n");
        AddFigure(html, figures, "joints");
        AddTable(html, EvaluationTables.Joints(evaluation.Main));
        html.Append("<h2>By subject, camera and source</h2>\n");
        AddGroups(html, figures, "subject", evaluation.Main.BySubject);
        AddGroups(html, figures, "camera", evaluation.Main.ByCamera);
        AddGroups(html, figures, "source", evaluation.Main.BySource);
        html.Append("<h2>Worst, middle and best predictions</h2>\n<figure class=\"sheet\">\n")
            .Append($"<img alt=\"Images with true and predicted skeletons\" src=\"{HtmlPage.DataUri(extremes)}\">\n")
            .Append("<figcaption>Ordered by the paper's error of each image. Blue and orange: the predicted left and right side; green and pink, pale: the true ones.</figcaption>\n</figure>\n");
        html.Append($"<h2>How to reproduce</h2>\n<pre>{HtmlPage.Text(commandLine)}</pre>\n<h2>Notes</h2>\n<ul>\n");
        foreach (var note in Notes) html.Append($"<li>{HtmlPage.Text(note)}</li>\n");
        return html.Append("</ul>\n").Append(HtmlPage.Foot).ToString();
    }

    private static string Meta(ModelEvaluation evaluation, string version)
    {
        var main = evaluation.Main;
        var text = $"PoseEngine {version}, {evaluation.Device}, {evaluation.Precision}. Model: {evaluation.Model}. Data: {main.Paper.Samples:N0} {main.Name} images of {evaluation.Data}";
        return evaluation.Train is { } train ? text + $", and {train.Paper.Samples:N0} of its {train.Available:N0} training images, evenly spaced." : text + ".";
    }

    private static IEnumerable<string> Sentences(ModelEvaluation evaluation)
    {
        var main = evaluation.Main;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Error {main.Metrics.Error:0.0} mm; the mean training pose has {main.MeanPose.Error:0.0} mm. PA-MPJPE {main.Metrics.Aligned:0.0} mm, N-MPJPE {main.Metrics.ScaleAligned:0.0} mm.");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Median |C| {main.Metrics.MedianViolation:0.00} mm, 95 % below {main.Metrics.P95Violation:0.0} mm; {100 * main.Paper.ShareCurve()[10].Share:0} % of constraints are met within 10 mm.");
        if (evaluation.Train is { } train)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"On training images the error is {train.Metrics.Error:0.0} mm and the median |C| {train.Metrics.MedianViolation:0.00} mm.");
        }
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

    private static void AddGroups(StringBuilder html, IReadOnlyList<Figure> figures, string kind, IReadOnlyList<MetricGroup> groups)
    {
        // A breakdown into one part repeats the whole.
        if (groups.Count > 1) AddFigure(html, figures, "by-" + kind);
        AddTable(html, EvaluationTables.Groups(kind, groups));
    }

    private static void AddTable(StringBuilder html, TextTable table) => PlainTable.Add(html, table.Heads, table.Rows, "text", "");

    private static void AddFigure(StringBuilder html, IReadOnlyList<Figure> figures, string key) => HtmlPage.AddFigure(html, figures.Single(f => f.Key == key));

    private static readonly string[] Notes =
    [
        "Error: mean Euclidean distance of the 17 predicted joints from the true ones, nothing aligned; the pelvis is the origin of every true pose.",
        "Root-aligned MPJPE (protocol 1): the predicted pelvis moved onto the true one first; N-MPJPE: the best scale about it besides; PA-MPJPE (protocol 2): the best rotation, scale and shift of each pose. The best ones minimize squared distances. All are means over 17 joints.",
        "|C|: absolute difference of a left and a right length (Eq. 15). MPSSE is its mean: the six pairs of segments are those of Eq. 15.",
        "Mean pose: what a model that sees nothing would best answer, the mean of all training poses.",
        "The mirror check predicts on images with left and right exchanged and compares with the mirrored true poses.",
    ];
}
