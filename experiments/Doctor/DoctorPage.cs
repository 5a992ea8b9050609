namespace PoseEngine.Experiments.Doctor;

/// <summary>report.html of <c>poseengine doctor</c>.</summary>
internal static class DoctorPage
{
    public static string Build(DoctorHeader header, IReadOnlyList<ModelDiagnosis> models, IReadOnlyList<DoctorFigures> figures)
    {
        var page = new Page(models.Count == 1 ? $"Why do constraints not hold? {models[0].Name}" : $"Why do constraints not hold? {models.Count} models");
        page.Meta($"PoseEngine {header.Version}, {header.Device}, {header.Precision}, started {header.Started.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {Num.Duration(header.Seconds)} in all. Data: {header.Data}. η {Num.Setting(header.Plan.Eta)}, seed {header.Plan.Seed}.");
        foreach (var note in models.SelectMany(model => model.Notes.Select(note => models.Count == 1 ? note : $"{model.Name}: {note}"))) page.Warning(note);
        if (models.Count == 1) page.Headline(DoctorReading.Headline(DoctorReading.Suspicions(models[0])));
        else
        {
            page.Section("The models");
            page.Table(DoctorTables.Models(models));
        }
        for (var i = 0; i < models.Count; i++) Add(page, models[i], figures[i], models.Count == 1 ? "" : $"{models[i].Name}: ");
        page.End(header.CommandLine, "The same version, seed, device and precision give the same figures, whatever the number of threads.", Notes(header, models[0]));
        return page.Html();
    }

    private static void Add(Page page, ModelDiagnosis model, DoctorFigures figures, string name)
    {
        string Title(string text) => name.Length == 0 ? text : name + char.ToLowerInvariant(text[0]) + text[1..];
        page.Section(Title("Suspicions, and what was measured"));
        page.Claims(DoctorReading.Suspicions(model).Select(s => new ClaimItem(s.Text, s.Verdict, s.State, ("measured", s.Measured), ("rule", s.Rule))));
        page.Section(Title("What helps"));
        page.List(DoctorReading.Remedies(model));
        page.Section(Title("The rows of an active set"));
        page.Figures([figures.Spectrum]);
        page.Table(DoctorTables.Spectrum(model.Rows));
        page.Table(DoctorTables.Kinds(model.Rows), "How parallel rows are");
        page.Table(DoctorTables.Pairs(model.Rows), "The most parallel pairs");
        page.Section(Title("One step"));
        page.Figures([figures.Promise]);
        page.Table(DoctorTables.Trials(model, isWholeOnly: true));
        page.Hint("Along the rows: the share of the step's square in the span of the constraint rows; of the hard step it is the shortest correction of C, and what is left is the projected gradient. Elsewhere: on held-back samples.");
        page.Folded("Shorter steps too", DoctorTables.Trials(model, isWholeOnly: false));
        page.Section(Title("Forgetting"));
        page.Table(DoctorTables.Forgetting(model));
        page.Hint("Means over the forgetting matrix: what a step does to the median |C| of its own active set, of that of the step before, of the sets of all earlier steps, and of sets that no step has looked at yet. Lost: of what steps won on their own sets, the share that the very next step loses, and that is lost at the end; below 0 where it grew.");
        page.Figures(figures.Matrices);
        page.Section(Title("Everything else"));
        page.Figures(figures.Others);
    }

    private static IEnumerable<string> Notes(DoctorHeader header, ModelDiagnosis model)
    {
        yield return "S = A Aᵀ, A = ∂C/∂w, one row a constraint and sample, in the units that training uses. Effective rank: exp of the entropy of the eigenvalues' shares in their sum (Roy and Vetterli 2007). Rank: eigenvalues above the cut, which is what the Gram solver of Hard-SGD takes.";
        foreach (var kind in header.Plan.Tried) yield return $"{char.ToUpperInvariant(kind.Title[0])}{kind.Title[1..]}: {kind.Meaning}.";
        yield return $"Each step of the forgetting matrix has an active set of {model.Forgetting[0].Samples} samples that no other step has, and a minibatch of its own for the gradient. Held back: {DoctorPlan.MostOthers} validation samples at the most, evenly spaced.";
        foreach (var meaning in MetricColumns.Meanings) yield return meaning;
    }
}
