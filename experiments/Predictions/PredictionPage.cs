namespace PoseEngine.Experiments.Predictions;

/// <summary>predict.html: all pictures of predictions on one page.</summary>
internal static class PredictionPage
{
    /// <summary>Pictures inside the page itself; further ones are linked, or no browser would open it.</summary>
    private const int Embedded = 60;

    /// <summary>Builds the page.</summary>
    /// <param name="set">The predictions.</param>
    /// <param name="pictures">The name of each picture in <paramref name="folder"/>.</param>
    /// <param name="folder">Where the pictures lie.</param>
    /// <param name="commandLine">As it was typed.</param>
    /// <param name="version">Of the program.</param>
    public static string Build(PredictionSet set, IReadOnlyList<string> pictures, string folder, string commandLine, string version)
    {
        const string title = "Predicted poses";
        var html = new StringBuilder(HtmlPage.Head(title));
        html.Append($"<h1>{title}</h1>\n<p class=\"meta\">{HtmlPage.Text($"PoseEngine {version}, {set.Device}, {set.Precision}. Model: {set.Model}. {set.Images.Count:N0} pictures{Skipped(set.Skipped)}.")}</p>\n")
            .Append($"<p class=\"warning\">{HtmlPage.Text(set.Origin)}</p>\n<h2>Constraints</h2>\n");
        PlainTable.Add(html, ["left minus right, mm", .. LimbSymmetry.PaperNames.Select((name, c) => $"C{c + 1} {name}")], set.Images.Select(Row), "text", "");
        html.Append("<p class=\"hint\">The six differences of Eq. 15 with their signs: above 0 where the person's left side is the longer one.</p>\n<h2>Pictures</h2>\n");
        for (var i = 0; i < pictures.Count; i++)
        {
            var source = i < Embedded ? HtmlPage.DataUri(File.ReadAllBytes(Path.Combine(folder, pictures[i]))) : Uri.EscapeDataString(pictures[i]);
            html.Append($"<figure class=\"sheet\">\n<img loading=\"lazy\" alt=\"{HtmlPage.Text($"Predicted pose for {Path.GetFileName(set.Images[i].File)}")}\" src=\"{source}\">\n</figure>\n");
        }
        return html.Append($"<h2>How to reproduce</h2>\n<pre>{HtmlPage.Text(commandLine)}</pre>\n<h2>Notes</h2>\n<ul>\n")
            .Append("<li>The network sees the square that is shown, brought to 128 x 128 pixels; outside of the picture its edge goes on. The training images show two metres around a person, the pelvis a little above the middle: a <code>--box</code> like that helps.</li>\n")
            .Append("<li>Joints are in camera space minus the pelvis, millimetres. Where the pelvis stands and how large the person is in the picture is not predicted: the drawn skeleton takes the two metres of the training images.</li>\n</ul>\n")
            .Append(HtmlPage.Foot).ToString();
    }

    /// <summary>", 3 other files skipped", or nothing.</summary>
    public static string Skipped(int count) => count == 0 ? "" : count == 1 ? ", 1 other file skipped" : $", {count:N0} other files skipped";

    private static string[] Row(PosePrediction image)
        => [Path.GetFileName(image.File), .. image.Constraints.Select(c => c.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture))];
}
