using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Studies;

/// <summary>report.html, figures and conclusions.json of a study.</summary>
internal static class StudyPage
{
    private const string PageName = "report.html", FiguresName = "figures", ConclusionsName = "conclusions.json";

    /// <summary>Builds them from what is done of the parts.</summary>
    /// <returns>The path of the page.</returns>
    public static string Build(StudyResults study, string commandLine, string version)
    {
        MetricColumns.Use(ProblemWords.Of(ProblemFile.Read(BuiltInProblems.Pose)));
        var conclusions = StudyConclusions.Of(study);
        var charts = StudyFigures.Draw(study);
        var figures = Path.Combine(study.Folder, FiguresName);
        OutputFile.Guard(figures, () => Directory.CreateDirectory(figures));
        PlotFiles.Write([.. charts.SelectMany(section => section.Charts)], figures);
        RunJson.Write(Path.Combine(study.Folder, ConclusionsName), new { study = "beyond", size = study.Size.Name, finished = study.IsFinished, conclusions = conclusions.Select(row => new { row.Key, row.Claim, row.Rule, row.Measured, verdict = Word(row) }) });
        var page = new Page("Beyond the paper: hard by construction");
        page.Meta($"PoseEngine {version}. Size {study.Size.Name}: {study.Size.Seeds} seeds, {study.Size.Images:N0} walkers, {Num.Setting(study.Size.Seconds)} seconds of training for each model of a front, {Num.Setting(study.Size.Short)} for others.");
        if (!study.IsFinished) page.Warning("This study has not finished: the page shows what is done. The same command goes on with it.");
        if (study.Size.Name == "smoke") page.Hint("The smoke size trains far too little for the verdicts to mean anything.");
        page.Section("Conclusions");
        page.Claims(conclusions.Select(row => new ClaimItem(
            row.Claim, Word(row),
            row.Verdict switch { Verdict.Agrees => "yes", Verdict.DoesNotAgree => "no", _ => "open" }, ("measured", row.Measured), ("rule", row.Rule))));
        foreach (var (section, drawn) in charts)
        {
            page.Section(section);
            page.Figures(drawn);
        }
        foreach (var (part, sweep) in study.Parts.Where(part => part.Sweep is not null))
        {
            MetricColumns.Use(ProblemWords.From(sweep!.Plan.Settings));
            page.Folded($"({part.Letter}) {part.Title}", Table(sweep));
        }
        MetricColumns.Use(ProblemWords.Pose);
        page.End(commandLine, "The iterations that fit into the seconds are measured once on each machine and kept in sweep.json of each part; with them the figures are the same again. `poseengine report` builds the page of each part.", Notes);
        var path = Path.Combine(study.Folder, PageName);
        OutputFile.WriteText(path, page.Html());
        return path;
    }

    /// <summary>What became of an expectation.</summary>
    public static string Word(ClaimRow row) => row.Verdict switch { Verdict.Agrees => "came as expected", Verdict.DoesNotAgree => "did not come", _ => "not measured" };

    private static ReportTable Table(SweepResults sweep)
    {
        var styles = SeriesStyle.Assign(sweep.All);
        var hasGroups = sweep.All.SelectMany(c => c.Models).Any(m => double.IsFinite(m.Value("withinSpread")));
        var table = new ReportTable([
            Column.Wrapped("configuration"), "iterations", MetricColumns.Error.Head, MetricColumns.Violation.Head, "on C", "error,\nprojected", "largest |C|,\nprojected", .. hasGroups ? [new Column("spread\nwithin")] : Array.Empty<Column>(), Column.Text("cells")])
        {
            Hint = "The last models on the validation data; median over seeds, then the smallest and the largest. On C: the median |C| on the training samples that constraints are imposed on.",
        };
        string Text(ConfigurationResult c, string key) => Spread.Of(c.Models.Select(m => m.Value(key))).Text(v => Num.Short(v));
        foreach (var c in sweep.All)
        {
            table.Add(
                [
                    c.Shown, $"{c.Cells[0].Cell.Iterations:N0}", MetricColumns.Error.Text(c.Error), MetricColumns.Violation.Text(c.Median),
                    MetricColumns.Violation.Text(Spread.Of(c.Cells.Select(cell => cell.Constraints?.Train.Median ?? double.NaN))), Text(c, "projectedError"), Text(c, "projectedMaxViolation"),
                    .. hasGroups ? [Text(c, "withinSpread")] : Array.Empty<string>(), c.StateText(),
                ],
                c.Class.ToString().ToLowerInvariant(), styles[c.Shown]);
        }
        return table;
    }

    private static readonly string[] Notes =
    [
        "All methods of a part train for the same time from their seed's unconstrained model, with a rate that falls by a cosine to a hundredth and with averaged weights.",
        "Soft-Adam with λ=0 is Adam on the loss alone: the control, which shows what training on for as long does without constraints.",
        "Projected: each output moved to the nearest point at which all constraints hold, in float64, sample by sample.",
        "Spread within: the root mean square over persons of the standard deviation of a bone's length over their images.",
    ];
}
