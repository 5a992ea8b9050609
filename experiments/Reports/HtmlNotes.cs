namespace PoseEngine.Experiments.Reports;

/// <summary>The end of the page: how to reproduce the run, how to read its units, all settings.</summary>
internal static class HtmlNotes
{
    private static readonly string[] Always =
    [
        "Error: mean Euclidean distance of the 17 predicted joints from the true ones, over the validation data.",
        "|C|: absolute difference of a left and a right length (Eq. 15). The median is over all six constraints and all validation samples.",
        "λ weighs the squared violations against the loss of Eq. 14; η stands on the identity of Eq. 5, so a step without constraints is the gradient divided by η. Both belong to the scale of the network's targets, not to millimetres.",
        "Comparable error: at most 10 % above the unconstrained model's. A model with less violation and a worse pose has only moved along the trade-off.",
    ];

    /// <summary>Adds the sections.</summary>
    public static void Add(StringBuilder html, RunData run)
    {
        html.Append("<h2>How to reproduce</h2>\n")
            .Append($"<pre>{HtmlPage.Text(run.Config.CommandLine)}</pre>\n")
            .Append("<p class=\"hint\">The same version, seed, device and precision give the same figures; times differ from machine to machine. ")
            .Append("<code>poseengine report</code> with the run's folder rebuilds this page.</p>\n<h2>Notes</h2>\n<ul>\n");
        var settings = RunConfig.Flatten(run.Config.Settings);
        foreach (var note in Always.Concat(Penalty(settings)).Concat(run.Config.Notes ?? []))
            html.Append($"<li>{HtmlPage.Text(note)}</li>\n");
        html.Append("</ul>\n<h2>Settings</h2>\n<details>\n<summary>All settings (config.json)</summary>\n");
        AddSettings(html, run.Config, settings);
        html.Append("</details>\n");
    }

    private static IEnumerable<string> Penalty(SortedDictionary<string, string> settings)
    {
        var found = settings.FirstOrDefault(s => s.Key == "penalty" || s.Key.EndsWith(".penalty", StringComparison.Ordinal));
        return found.Value?.Trim('"') switch
        {
            null => [],
            "mean" => ["Soft penalty: λ times the mean of C² over the active samples and constraints (--penalty mean)."],
            "sum" => ["Soft penalty: λ times the sum of C² over the active samples and constraints (Eq. 3, --penalty sum)."],
            var other => [$"Soft penalty: {other}."],
        };
    }

    private static void AddSettings(StringBuilder html, RunConfig config, SortedDictionary<string, string> settings)
    {
        html.Append("<div class=\"scroll\"><table>\n<tbody>\n");
        (string, string)[] common =
        [
            ("command", config.Command), ("preset", config.Preset), ("seed", $"{config.Seed}"),
            ("device", config.Device), ("precision", config.Precision), ("version", config.Version),
            ("started", config.Started.ToString("O")),
        ];
        foreach (var (name, value) in common.Concat(settings.Select(s => (s.Key, s.Value))))
            html.Append($"<tr><td class=\"text\">{HtmlPage.Text(name)}</td><td class=\"text\">{HtmlPage.Text(value)}</td></tr>\n");
        html.Append("</tbody>\n</table></div>\n");
    }
}
