namespace PoseEngine.Experiments.Predictions;

/// <summary>predict.html: all pictures of predictions on one page.</summary>
internal static class PredictionPage
{
    /// <summary>Pictures inside the page itself; further ones are linked, or no browser would open it.</summary>
    private const int Embedded = 60;

    /// <summary>Builds the page.</summary>
    /// <param name="folder">Where the pictures lie.</param>
    /// <param name="commandLine">As it was typed.</param>
    public static string Build(PredictionSet set, IReadOnlyList<string> pictures, string folder, string commandLine, string version)
    {
        var page = new Page("Predicted poses");
        page.Meta($"PoseEngine {version}, {set.Device}, {set.Precision}. Model: {set.Model}. {set.Images.Count:N0} pictures{Skipped(set.Skipped)}.");
        page.Warning(set.Origin);
        page.Section("Constraints");
        var names = ConstraintNames.Of(set.Images.Count > 0 ? set.Images[0].Constraints.Length : 0);
        page.Table(ReportTable.Of(
            [Column.Text($"{MetricColumns.SignedViolation}, {MetricColumns.Violation.Unit}"), .. names.Select(name => new Column(name))],
            set.Images.Select(image => (string[])[Path.GetFileName(image.File), .. image.Constraints.Select(Num.Signed)]),
            "The six differences of Eq. 15 with their signs: above 0 where the person's left side is the longer one."));
        if (set.Projected is { } projected) page.Hint(projected);
        page.Section("Pictures");
        for (var i = 0; i < pictures.Count; i++)
        {
            var png = i < Embedded ? File.ReadAllBytes(Path.Combine(folder, pictures[i])) : null;
            page.Picture(png, pictures[i], $"Predicted pose for {Path.GetFileName(set.Images[i].File)}", "");
        }
        page.End(commandLine, "", Notes);
        return page.Html();
    }

    /// <summary>", 3 other files skipped", or nothing.</summary>
    public static string Skipped(int count) => count == 0 ? "" : count == 1 ? ", 1 other file skipped" : $", {count:N0} other files skipped";

    private static readonly string[] Notes =
    [
        "The network sees the square that is shown, brought to 128 x 128 pixels; outside of the picture its edge goes on. The training images show two metres around a person, the pelvis a little above the middle: a `--box` like that helps.",
        "Joints are in camera space minus the pelvis, millimetres. Where the pelvis stands and how large the person is in the picture is not predicted: the drawn skeleton takes the two metres of the training images.",
    ];
}
