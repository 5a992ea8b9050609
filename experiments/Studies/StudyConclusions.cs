using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Studies;

/// <summary>What the study says, each sentence with its rule, its figures and its seeds; also where it did not come as expected.</summary>
internal static class StudyConclusions
{
    /// <summary>A quarter: what a ratio has to differ by from 1 to count.</summary>
    private const double Clear = 1.25;

    private static string Hard => MethodRegistry.Of<HardSgdMethod>().Name;

    private static string Soft => MethodRegistry.Of<SoftAdamMethod>().Name;

    private static string Dual => MethodRegistry.Of<LagrangianMethod>().Name;

    private static string Through => MethodRegistry.Of<ProjectedAdamMethod>().Name;

    /// <summary>All of them, measured on what is done.</summary>
    public static IReadOnlyList<ClaimRow> Of(StudyResults study) =>
    [
        Holds(study), KeepsTheError(study), .. TrainingThroughIt(study), DampingHelps(study), .. Fronts(study), Lagrangian(study), .. Forgetting(study), .. Labels(study), .. AcrossSamples(study), .. Column(study),
    ];

    private static ConfigurationResult? Damped(SweepResults? sweep, double delta)
        => sweep?.Configurations.FirstOrDefault(c => c.Method == Hard && c.Label.Contains(string.Create(CultureInfo.InvariantCulture, $"delta={delta}"), StringComparison.Ordinal));

    /// <summary>The loss alone, trained on for as long as the others: what they have to be better than.</summary>
    private static ConfigurationResult? Control(SweepResults? sweep) => StudyResults.Find(sweep, $"{Soft} lambda=0 ");

    private static ConfigurationResult? LittlePenalty(SweepResults? sweep) => StudyResults.Find(sweep, $"{Soft} lambda=0.003");

    private static ConfigurationResult? UndampedOf(SweepResults? sweep)
        => sweep?.Configurations.FirstOrDefault(c => c.Method == Hard && !c.Label.Contains("delta=", StringComparison.Ordinal));

    private static ClaimRow Row(string key, string claim, string rule, int good, int all, string figures)
        => new(key, claim, rule, all == 0 ? "" : $"{good} of {all}. {figures}", all == 0 ? Verdict.NotMeasured : good == all ? Verdict.Agrees : Verdict.DoesNotAgree);

    /// <summary>All models of poses with constraints on single samples, the unconstrained ones among them.</summary>
    private static List<ModelSummary> Projected(StudyResults study)
        => [.. study.Parts.Where(part => part.Sweep is not null && part.Part.Letter != 'e').SelectMany(part => part.Sweep!.All).SelectMany(c => c.Models).Where(m => double.IsFinite(m.Value("projectedError")))];

    private static ClaimRow Holds(StudyResults study)
    {
        var models = Projected(study);
        var figures = models.Count == 0 ? "" : $"Largest |C| of all models {Num.Short(models.Max(m => m.Value("projectedMaxViolation")))} mm; {models.Sum(m => m.Value("notProjected")):N0} samples could not be projected.";
        return Row(
            "holds", "Outputs that are projected meet every constraint on images that were never seen.",
            "for every model of every method and seed |C| is at most 1e-6 mm on all validation images, and none of them is left out", models.Count(m => m.Value("projectedMaxViolation") <= 1e-6 && m.Value("notProjected") == 0), models.Count, figures);
    }

    private static ClaimRow KeepsTheError(StudyResults study)
    {
        var models = Projected(study);
        var gain = Spread.Of(models.Select(m => m.Error - m.Value("projectedError")));
        return Row(
            "keeps-error", "Projection costs no accuracy.", "for every model the projected error is at most the raw one",
            models.Count(m => m.Value("projectedError") <= m.Error * (1 + 1e-9)), models.Count, gain.Count == 0 ? "" : $"The error falls by {MetricColumns.Error.WithUnit(gain)}.");
    }

    /// <summary>Training through the projection, against projecting what was trained otherwise for as long.</summary>
    private static IEnumerable<ClaimRow> TrainingThroughIt(StudyResults study)
    {
        foreach (var (part, sweep) in study.Of('a'))
        {
            yield return Against(
                "trained-through", "training through the projection does as well as a little penalty followed by a projection", "at most 2 % above that of Soft-Adam λ=0.003", LittlePenalty(sweep), 1.02);
            yield return Against(
                "through-control", "training through the projection predicts better than projecting a model of the loss alone", "below that of Adam on the loss alone (λ=0), projected,", Control(sweep), 1);

            ClaimRow Against(string key, string claim, string than, ConfigurationResult? rival, double most)
            {
                var pairs = StudyResults.BySeed(StudyResults.Find(sweep, Through), rival).Select(p => (First: p.First.Value("projectedError"), Second: p.Second.Value("projectedError"))).ToList();
                return Row(
                    $"{key}-{part.Key}", $"With {part.Title} {claim}.", $"for each seed the projected error of Projected-Adam is {than} at equal time", pairs.Count(p => p.First <= most * p.Second), pairs.Count,
                    pairs.Count == 0 ? "" : $"Projected error {Of(pairs.Select(p => p.First))} against {Of(pairs.Select(p => p.Second))}.");
            }
        }
    }

    /// <summary>Violations of all sizes, from those of an active set that holds on.</summary>
    private static string Small(IEnumerable<double> values) => $"{Spread.Of(values).Text(v => Num.Short(v))} {MetricColumns.Violation.Unit}";

    private static string Of(IEnumerable<double> values) => MetricColumns.Error.WithUnit(Spread.Of(values));

    private static ClaimRow DampingHelps(StudyResults study)
    {
        var front = study.Find("front");
        var pairs = StudyResults.BySeed(Damped(front, 1), UndampedOf(front)).ToList();
        return Row(
            "damping", "Damping makes the KKT step usable: at equal time the error is less than half of what the step as printed ends with.", "for each seed the error of Hard-SGD with δ=1 is below half that of δ=0",
            pairs.Count(p => p.First.Error < 0.5 * p.Second.Error), pairs.Count,
            pairs.Count == 0 ? "" : $"Error {Of(pairs.Select(p => p.First.Error))} against {Of(pairs.Select(p => p.Second.Error))}; median |C| {Small(pairs.Select(p => p.First.MedianViolation))} against {Small(pairs.Select(p => p.Second.MedianViolation))}.");
    }

    /// <summary>Soft-Adam against the damped hard step at equal error, on little and on much data.</summary>
    private static IEnumerable<ClaimRow> Fronts(StudyResults study)
    {
        foreach (var (part, sweep) in study.Of('a'))
        {
            var compared = Claims.Compare(sweep, c => c.Method == Hard && c.Label.Contains("delta=", StringComparison.Ordinal), c => c.Method == Soft);
            var isLittle = part.Key == "front";
            var ratio = compared.IsMeasured ? compared.Decisive : double.NaN;
            yield return new ClaimRow(
                $"front-{part.Key}", isLittle ? $"With {part.Title} Soft-Adam stays ahead of the damped hard step." : $"With {part.Title} the damped hard step draws level with Soft-Adam.",
                isLittle ? $"at equal error and time Hard-SGD with δ violates at least {Clear} times as much" : $"at equal error and time the violations differ by less than a factor of {Clear}",
                compared.IsMeasured ? $"{compared.Text("Hard-SGD with δ", "Soft-Adam")}." : "",
                double.IsNaN(ratio) ? Verdict.NotMeasured : (isLittle ? ratio >= Clear : ratio < Clear) ? Verdict.Agrees : Verdict.DoesNotAgree);
        }
    }

    private static ClaimRow Lagrangian(StudyResults study)
    {
        const string claim = "A multiplier for each constraint, learnt by gradient ascent, is no better than a fixed penalty.";
        var rule = $"at equal error and time Lagrangian violates at least 1/{Clear} times as much as Soft-Adam";
        var sweep = study.Find("front");
        if (sweep is null) return new ClaimRow("multipliers", claim, rule, "", Verdict.NotMeasured);
        var compared = Claims.Compare(sweep, c => c.Method == Dual, c => c.Method == Soft);
        return new ClaimRow(
            "multipliers", claim, rule,
            compared.IsMeasured ? $"{compared.Text("Lagrangian", "Soft-Adam")}." : "",
            !compared.IsMeasured ? Verdict.NotMeasured : compared.Decisive >= 1 / Clear ? Verdict.Agrees : Verdict.DoesNotAgree);
    }

    /// <summary>The conjecture of section 6.1, as the size of C against the active set shows it.</summary>
    private static IEnumerable<ClaimRow> Forgetting(StudyResults study)
    {
        var parts = study.Of('b').ToList();
        var points = parts.Select(p => (p.Part, Cells: UndampedOf(p.Sweep)?.Cells.Where(cell => cell.Model is not null && cell.Constraints is not null).ToList() ?? [])).Where(p => p.Cells.Count > 0).ToList();
        string Text(Func<CellResult, double> of, Func<IEnumerable<double>, string> told) => string.Join("; ", points.Select(p => $"{p.Part.Title}: {told(p.Cells.Select(of))}"));
        double At(int i, Func<CellResult, double> of) => Spread.Of(points[i].Cells.Select(of)).Median;
        var isMeasured = points.Count > 1;
        yield return new ClaimRow(
            "forget-violation", "Hard steps on active sets forget: the larger C is against the active set, the less of it holds after the same time.",
            "the median |C| on C of undamped Hard-SGD is at least ten times as large for the largest C as for the smallest", isMeasured ? $"On C itself: {Text(cell => cell.Constraints!.Train.Median, Small)}." : "",
            !isMeasured ? Verdict.NotMeasured : At(points.Count - 1, cell => cell.Constraints!.Train.Median) >= 10 * At(0, cell => cell.Constraints!.Train.Median) ? Verdict.Agrees : Verdict.DoesNotAgree);
        yield return new ClaimRow(
            "forget-error", "And the more rows have to hold, the dearer: the prediction error grows with C.", "the validation error of undamped Hard-SGD is at least 1.5 times as large for the largest C as for the smallest",
            isMeasured ? $"Error: {Text(cell => cell.Model!.Error, Of)}." : "",
            !isMeasured ? Verdict.NotMeasured : At(points.Count - 1, cell => cell.Model!.Error) >= 1.5 * At(0, cell => cell.Model!.Error) ? Verdict.Agrees : Verdict.DoesNotAgree);
    }

    private static IEnumerable<ClaimRow> Labels(StudyResults study)
    {
        foreach (var (part, sweep) in study.Of('c'))
        {
            var pairs = StudyResults.BySeed(LittlePenalty(sweep), Control(sweep)).ToList();
            yield return Row(
                part.Key, $"With {part.Title} constraints on all samples make predictions better.", "for each seed Soft-Adam λ=0.003 has a smaller error than Adam on the loss alone at equal time",
                pairs.Count(p => p.First.Error < p.Second.Error), pairs.Count,
                pairs.Count == 0 ? "" : $"Error {Of(pairs.Select(p => p.First.Error))} against {Of(pairs.Select(p => p.Second.Error))}; projected {Of(pairs.Select(p => p.First.Value("projectedError")))} against {Of(pairs.Select(p => p.Second.Value("projectedError")))}.");
        }
    }

    /// <summary>ENFORCE 2.0's mean of the squared errors of the nine outputs.</summary>
    private const double EnforceError = 6.7e-8;

    private static IEnumerable<ClaimRow> Column(StudyResults study)
    {
        if (study.Find(StudyPart.Column) is not { } sweep) yield break;
        List<ModelSummary> all = [.. sweep.All.SelectMany(c => c.Models)];
        yield return Row(
            "column-holds", "On the extraction column every method's projected outputs meet the balances to rounding.", "for each model and seed the largest |residual| on held-back states is at most 1e-12",
            all.Count(m => m.Value("projectedMaxViolation") <= 1e-12 && m.Value("notProjected") == 0), all.Count, all.Count == 0 ? "" : $"Largest {Num.Short(all.Max(m => m.Value("projectedMaxViolation")))}.");
        double Squared(ModelSummary m) => m.Value("projectedError") * m.Value("projectedError");
        List<ModelSummary> own = [.. StudyResults.Find(sweep, Through)?.Models ?? []];
        yield return Row(
            "column-error", $"Trained through the projection, the mean squared error is at most ENFORCE's {EnforceError:0.0e+0}.", "for each seed", own.Count(m => Squared(m) <= EnforceError), own.Count,
            own.Count == 0 ? "" : $"Mean squared error {Text(own)}; of the loss alone, trained as long and projected, {Text(Control(sweep)?.Models ?? [])}.");

        string Text(IEnumerable<ModelSummary> models) => Spread.Of(models.Select(Squared)).Text(v => Num.Short(v));
    }

    private static IEnumerable<ClaimRow> AcrossSamples(StudyResults study)
    {
        var sweep = study.Find("groups");
        foreach (var (key, name, configuration) in ((string, string, ConfigurationResult?)[])
        [
            ("groups-soft", "Soft-Adam λ=0.01", StudyResults.Find(sweep, $"{Soft} lambda=0.01")),
            ("groups-hard", "Hard-SGD with δ=1", Damped(sweep, 1)),
            ("groups-dual", "Lagrangian τ=3", StudyResults.Find(sweep, Dual)),
        ])
        {
            var pairs = StudyResults.BySeed(configuration, Control(sweep)).ToList();
            yield return Row(
                key, $"Constraints across samples, which no projection of one sample can impose, are imposed through the weights: by {name}.",
                "for each seed the spread of bone lengths within a person is at most three quarters of what Adam on the loss alone leaves at equal time, at an error at most 10 % higher",
                pairs.Count(p => p.First.Value("withinSpread") <= 0.75 * p.Second.Value("withinSpread") && p.First.Error <= 1.1 * p.Second.Error), pairs.Count,
                pairs.Count == 0 ? "" : $"Spread {MetricColumns.Violation.WithUnit(Spread.Of(pairs.Select(p => p.First.Value("withinSpread"))))} against {MetricColumns.Violation.WithUnit(Spread.Of(pairs.Select(p => p.Second.Value("withinSpread"))))}; error {Of(pairs.Select(p => p.First.Error))} against {Of(pairs.Select(p => p.Second.Error))}.");
        }
    }
}
