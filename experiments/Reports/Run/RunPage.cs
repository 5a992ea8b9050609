namespace PoseEngine.Experiments.Reports;

/// <summary>report.html of a run.</summary>
internal static class RunPage
{
    /// <summary>Builds the page; <paramref name="sheets"/> are ready PNG files of validation images.</summary>
    public static string Build(RunData run, RunCharts charts, IReadOnlyList<byte[]> sheets)
    {
        var config = run.Config;
        var page = new Page($"{Capital(config.Settings["problem"]?["name"]?.ToString() ?? config.Command)}: {config.Preset} preset, seed {config.Seed}");
        AddHead(page, run);
        page.Section("Results");
        page.Table(RunTables.Results(run));
        if (charts.Comparison.Count > 0)
        {
            page.Section("Comparison");
            page.Figures(charts.Comparison);
            page.Folded("Median |C| of each constraint, in numbers", RunTables.Constraints(run));
            if (RunTables.WithinSpread(run) is { } within) page.Folded("Spread of each value within its group, in numbers", within);
        }
        if (RunTables.Published(run) is { } published)
        {
            page.Section("Beside published figures");
            page.Table(published);
        }
        if (RunTables.Cost(run) is { } cost)
        {
            page.Section("Hard against soft: cost");
            page.Table(cost);
        }
        AddFigures(page, "Over the iterations", charts.Learning);
        AddFigures(page, "How the unconstrained model trained", charts.Unconstrained);
        if (sheets.Count > 0) page.Section("Validation images");
        foreach (var sheet in sheets) page.Picture(sheet, "", "Validation images with predicted skeletons", "Images of the validation data with the true and the predicted skeletons.");
        var settings = RunConfig.Flatten(config.Settings);
        page.End(
            config.CommandLine, "The same version, seed, device and precision give the same figures; times differ from machine to machine. `poseengine report` with the run's folder rebuilds this page.",
            [.. MetricColumns.Meanings, .. Notes, .. Penalty(settings), .. config.Notes ?? []]);
        page.Settings("All settings (config.json)", [.. Common(config), .. settings.Select(s => (s.Key, s.Value))]);
        return page.Html();
    }

    private static void AddHead(Page page, RunData run)
    {
        page.Meta(Meta(run));
        if (!run.Finished) page.Warning("This run has not finished: the figures show what has been evaluated so far. Continue it with `--resume`.");
        foreach (var model in run.Models.Where(m => m.End.Diverged is not null)) page.Warning($"{model.Shown} diverged: {model.End.Diverged!.Reason}.");
        string?[] sentences =
        [
            run.Unconstrained is { } start ? Headline.Start(start, run.MeanPoseError) : null,
            Headline.Best("with soft constraints", [.. run.Constrained.Where(m => m.Class == MethodClass.Soft)], run.Unconstrained),
            Headline.Best("with hard constraints", [.. run.Constrained.Where(m => m.Class == MethodClass.Hard)], run.Unconstrained),
            Headline.Projected(run.Models),
        ];
        page.Headline(sentences.OfType<string>());
    }

    private static string Meta(RunData run)
    {
        var config = run.Config;
        var text = $"PoseEngine {config.Version}, {config.Device}, {config.Precision}, started {config.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC";
        return run.Summary is { } s
            ? text + $", {Num.Duration(s.SecondsTotal)} in all. Data: {s.Data.Source}, {s.Data.Train:N0} training and {s.Data.Validation:N0} validation samples."
            : text + ".";
    }

    private static void AddFigures(Page page, string section, IReadOnlyList<Chart> charts)
    {
        if (charts.Count == 0) return;
        page.Section(section);
        page.Figures(charts);
    }

    private static readonly string[] Notes =
    [
        "λ weighs the squared violations against the loss of Eq. 14; η stands on the identity of Eq. 5, so a step without constraints is the gradient divided by η. Both belong to the scale of the network's targets, not to their units.",
        "Comparable error: at most 10 % above the unconstrained model's. A model with less violation and a worse prediction has only moved along the trade-off.",
    ];

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

    private static (string Name, string Value)[] Common(RunConfig config) =>
    [
        ("command", config.Command), ("preset", config.Preset), ("seed", $"{config.Seed}"), ("device", config.Device), ("precision", config.Precision),
        ("version", config.Version), ("started", config.Started.ToString("O")),
    ];

    private static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];
}
