namespace PoseEngine.Experiments.Sweeps;

/// <summary>What the measurement says of a claim.</summary>
public enum Verdict
{
    /// <summary>The numbers are not there (yet).</summary>
    NotMeasured,

    Agrees,

    DoesNotAgree,
}

/// <summary>One claim of section 5 as a measured row.</summary>
/// <param name="Key">For summary.json.</param>
/// <param name="Claim">What the paper says.</param>
/// <param name="Rule">What counts as agreement here.</param>
/// <param name="Measured">What was measured, in words with numbers.</param>
internal sealed record ClaimRow(string Key, string Claim, string Rule, string Measured, Verdict Verdict)
{
    public string VerdictText => Verdict switch { Verdict.Agrees => "agrees", Verdict.DoesNotAgree => "does not agree", _ => "not measured" };
}

/// <summary>The claims of section 5, measured on a sweep.</summary>
internal static class Claims
{
    /// <summary>Errors at which violations are compared, as shares of the way from the unconstrained model's error of the same seed to that
    /// of the mean pose. Further up, models that have unlearnt everything meet every constraint: the mean pose is symmetric.</summary>
    public static IReadOnlyList<double> Levels { get; } = [0.05, 0.1, 0.2, 0.4];

    /// <summary>The errors of <see cref="Levels"/>; none where the unconstrained model is no better than the mean pose.</summary>
    public static IEnumerable<double> LevelErrors(double startError, double meanPoseError)
        => meanPoseError > startError ? Levels.Select(level => startError + (level * (meanPoseError - startError))) : [];

    /// <summary>Up to this ratio of violations at equal error a method is "close".</summary>
    public const double Close = 1.5;

    /// <summary>A constraint within this many millimetres is met; fewer than all within it is "not perfectly".</summary>
    public const double MetMm = 1;

    private static readonly string SoftSgd = MethodRegistry.Of<SoftSgdMethod>().Name, SoftAdam = MethodRegistry.Of<SoftAdamMethod>().Name;

    private static readonly string HardSgd = MethodRegistry.Of<HardSgdMethod>().Name, HardAdamName = MethodRegistry.Of<HardAdamMethod>().Name;

    /// <summary>The claims, each on the methods that the paper has, as they are printed.</summary>
    public static IReadOnlyList<ClaimRow> Measure(SweepResults all)
    {
        var sweep = all with { Configurations = [.. all.Configurations.Where(IsPrinted)] };
        return [Best(sweep), HardClose(sweep), HardLikeSoft(sweep), NotPerfect(sweep), HardAdam(sweep), HardAdamCause(sweep), AdamConverges(sweep), SgdSensitive(sweep), Slower(sweep)];
    }

    private static ClaimRow Best(SweepResults sweep)
    {
        const string claim = "Soft-Adam yields the best results.";
        var rule = $"At equal error ({LevelText()} of the way from the unconstrained model's to the mean pose's, in the mean) Soft-Adam violates constraints least of all methods.";
        string[] others = [.. Methods(sweep).Where(method => method != SoftAdam)];
        var compared = others.Select(method => (Method: method, Ratio: Compare(sweep, [method], [SoftAdam]))).Where(c => c.Ratio.IsMeasured).ToList();
        if (compared.Count == 0) return new("soft-adam-best", claim, rule, "", Verdict.NotMeasured);
        var text = string.Join("; ", compared.Select(c => c.Ratio.Text(MethodClasses.Pretty(c.Method), "Soft-Adam")));
        return Row("soft-adam-best", claim, rule, text, compared.All(c => c.Ratio.Decisive > 1));
    }

    private static ClaimRow HardClose(SweepResults sweep)
    {
        var ratio = Compare(sweep, [HardSgd], [SoftAdam]);
        return Row(
            "hard-sgd-close", "Hard-SGD follows closely.", $"Hard-SGD's violation at equal error is at most {Num.Setting(Close)} times Soft-Adam's.",
            ratio.Text("Hard-SGD", "Soft-Adam"), ratio.IsMeasured ? ratio.Decisive <= Close : null);
    }

    private static ClaimRow HardLikeSoft(SweepResults sweep)
    {
        var methods = Methods(sweep).ToList();
        string[] Of(MethodClass kind) => [.. methods.Where(method => MethodClasses.Of(method) == kind)];
        var ratio = Compare(sweep, Of(MethodClass.Hard), Of(MethodClass.Soft));
        return Row(
            "hard-like-soft", "Hard-constraint methods perform similarly to the soft ones, instead of better.",
            $"The best hard models' violation at equal error is within a factor of {Num.Setting(Close)} of the best soft models', either way.",
            ratio.Text("The best of the hard methods", "the best of the soft ones"), ratio.IsMeasured ? ratio.Decisive is >= 1 / Close and <= Close : null);
    }

    private static ClaimRow NotPerfect(SweepResults sweep)
    {
        const string claim = "Under random active sets the constraints are not enforced perfectly, not even on the training data.";
        var rule = $"In every hard configuration with random active sets some constraint of the training data is off by more than {Num.Setting(MetMm)} mm at the end.";
        var hard = sweep.Configurations
            .Where(c => c.Class == MethodClass.Hard && Setting(c, "activeSet") is "random")
            .Select(c => (Name: c.Shown, Train: c.Cells.Select(cell => cell.Constraints?.Train).OfType<ConstraintStatistics>().ToList()))
            .Where(c => c.Train.Count > 0).ToList();
        if (hard.Count == 0) return new("not-perfect", claim, rule, "", Verdict.NotMeasured);
        var best = hard.MinBy(c => Spread.Of(c.Train.Select(t => t.Max)).Median);
        var (median, p95, max) = (Spread.Of(best.Train.Select(t => t.Median)), Spread.Of(best.Train.Select(t => t.P95)), Spread.Of(best.Train.Select(t => t.Max)));
        var text = $"The smallest largest violation on training data is {MetricColumns.Violation.WithUnit(max.Median)}, by {best.Name} (median {MetricColumns.Violation.WithUnit(median.Median)}, 95th percentile {MetricColumns.Violation.WithUnit(p95.Median)}, "
            + $"error {MetricColumns.Error.WithUnit(Spread.Of(best.Train.Select(t => t.Error)).Median)}), of {hard.Count} configurations";
        return Row("not-perfect", claim, rule, text, hard.All(c => Spread.Of(c.Train.Select(t => t.Max)).Median > MetMm));
    }

    private static ClaimRow HardAdam(SweepResults sweep)
    {
        var ratio = Compare(sweep, [HardAdamName], [HardSgd]);
        return Row(
            "hard-adam-bad", "Adam does not perform well with hard constraints.",
            $"Hard-Adam's violation at equal error is more than {Num.Setting(Close)} times Hard-SGD's, or it has no model at such errors.",
            $"{ratio.Text("Hard-Adam", "Hard-SGD")}; {Stability.Of(sweep, HardAdamName).Text("Hard-Adam")}",
            ratio.IsMeasured ? ratio.Decisive > Close : null);
    }

    /// <summary>The paper speculates about the momentum; what the metric does can be measured. The smallest epsilon stands for Adam as it
    /// is, larger ones make its metric more even. With it all cells may diverge before their first evaluation.</summary>
    private static ClaimRow HardAdamCause(SweepResults sweep)
    {
        var byEpsilon = sweep.Configurations.Where(c => c.Method == HardAdamName).GroupBy(EpsilonOf).OrderBy(g => g.Key)
            .Select(g => (Epsilon: g.Key, Share: LowMomentShare(g), Configurations: g.Select(c => (Name: c.Shown, Share: LowMomentShare([c]))).ToList())).ToList();
        var judged = byEpsilon.Find(e => e.Share.Count > 0);
        var skipped = byEpsilon.TakeWhile(e => e.Share.Count == 0).Select(e => Experiments.Methods.Setting.Epsilon.Text(e.Epsilon)).ToList();
        var text = judged.Configurations is null ? ""
            : $"At epsilon {Experiments.Methods.Setting.Epsilon.Text(judged.Epsilon)}, {(skipped.Count > 0 ? $"the smallest with a share measured (none at {string.Join(", ", skipped)})" : "the smallest")}: {Percent(judged.Share)}; "
            + string.Join("; ", byEpsilon.SelectMany(e => e.Configurations).Where(c => c.Share.Count > 0).Select(c => $"{c.Name}: {Percent(c.Share)}"));
        return Row(
            "hard-adam-cause", "Hard-Adam fails for the way in which Adam deals with the projection.",
            "More than half of the squared step goes to the tenth of the parameters with the smallest second moments (a tenth would be even): there the metric of Eq. 12 makes steps cheap, and the loss says nothing. The median over all evaluations at the smallest epsilon of the sweep, or, where no share was measured with that one, at the smallest with which one was.",
            text, judged.Configurations is null ? null : judged.Share.Median > 0.5);
    }

    private static double EpsilonOf(ConfigurationResult configuration)
        => Setting(configuration, "epsilon") is { } epsilon ? Convert.ToDouble(epsilon, CultureInfo.InvariantCulture) : double.NaN;

    /// <summary>Over all evaluations of all cells.</summary>
    private static Spread LowMomentShare(IEnumerable<ConfigurationResult> configurations)
        => Spread.Of(configurations.SelectMany(c => c.Cells).SelectMany(cell => cell.Lines).Select(line => line.LowMomentShare ?? double.NaN));

    private static string Percent(Spread share) => $"{Num.Setting(Math.Round(100 * share.Median))} %";

    private static ClaimRow AdamConverges(SweepResults sweep)
    {
        var adam = Stability.Of(sweep, SoftAdam);
        return Row(
            "adam-converges", "Adam converges even with high λ, without numerical instabilities.", "No cell of Soft-Adam diverged.",
            adam.Text("Soft-Adam"), adam.Ended > 0 ? adam.Diverged == 0 : null);
    }

    private static ClaimRow SgdSensitive(SweepResults sweep)
    {
        var (sgd, adam) = (Stability.Of(sweep, SoftSgd), Stability.Of(sweep, SoftAdam));
        bool? agrees = sgd.Ended == 0 || adam.Ended == 0 ? null : sgd.LostShare > adam.LostShare || (sgd.LostShare == adam.LostShare && sgd.Range > 2 * adam.Range);
        return Row(
            "soft-sgd-sensitive", "Soft-SGD is very sensitive to the choice of η and λ.",
            "A larger share of its cells than of Soft-Adam's diverged or ended worse than the mean pose, or the same share did and its errors differ more than twice as much between settings.",
            $"{sgd.Text("Soft-SGD")}; {adam.Text("Soft-Adam")}", agrees);
    }

    private static ClaimRow Slower(SweepResults sweep)
    {
        const string claim = "Hard-constraint methods are on average between 10 and 100 times slower than the soft ones.";
        const string rule = "On one device (of those with both kinds of methods the one with most cells), with MINRES-QLP, the paper's solver (with any, where it did not run there), the mean of the hard methods' seconds an iteration is 10 to 100 times the mean of the soft ones'.";
        static bool Is(TimingRow row, MethodClass kind) => MethodClasses.Of(row.Method) == kind;
        var rows = TimingRow.Measure(sweep).Where(r => r.Seconds.Count > 0).GroupBy(r => r.Device)
            .Where(g => g.Any(r => Is(r, MethodClass.Hard)) && g.Any(r => Is(r, MethodClass.Soft)))
            .OrderByDescending(g => CellsOn(sweep, g.Key)).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.ToList();
        if (rows is null) return new("hard-slower", claim, rule, "", Verdict.NotMeasured);
        double Mean(Func<TimingRow, bool> of) => rows.Where(of).Select(r => r.Seconds.Median).DefaultIfEmpty(double.NaN).Average();
        var soft = Mean(r => Is(r, MethodClass.Soft));
        var (any, krylov) = (Mean(r => Is(r, MethodClass.Hard)), Mean(r => r.Solver == "minres-qlp"));
        var ratio = (double.IsFinite(krylov) ? krylov : any) / soft;
        var text = $"{Num.Short(ratio)} times{(double.IsFinite(krylov) ? " with MINRES-QLP" : "")} on {rows[0].Device}; "
            + string.Join(", ", rows.Select(r => $"{MethodClasses.Pretty(r.Method)}{(r.Solver.Length > 0 ? $" ({r.Solver})" : "")} {Num.Short(r.Seconds.Median)} s an iteration, {Num.Short(r.Seconds.Median / soft)} times"));
        return Row("hard-slower", claim, rule, text, double.IsFinite(ratio) ? ratio is >= 10 and <= 100 : null);
    }

    private static int CellsOn(SweepResults sweep, string device)
        => sweep.Configurations.SelectMany(c => c.Cells).Count(cell => cell.Summary?.Device == device);

    private static EqualError Compare(SweepResults sweep, string[] methods, string[] references)
        => Compare(sweep, c => methods.Contains(c.Method), c => references.Contains(c.Method));

    /// <summary>The fronts of some configurations against those of others, from the sweep's unconstrained models.</summary>
    internal static EqualError Compare(SweepResults sweep, Func<ConfigurationResult, bool> compared, Func<ConfigurationResult, bool> reference) => EqualError.Compare(
        SeedFronts.Of(sweep.Configurations.Where(compared)), SeedFronts.Of(sweep.Configurations.Where(reference)), StartErrors(sweep), sweep.Data?.MeanPoseError ?? double.NaN);

    private static Dictionary<long, double> StartErrors(SweepResults sweep)
        => sweep.Unconstrained?.Cells.Where(c => c.Model is not null).ToDictionary(c => c.Cell.Seed, c => c.Model!.Error) ?? [];

    /// <summary>Neither of a method that the paper has not, nor damped, nor of averaged weights.</summary>
    private static bool IsPrinted(ConfigurationResult configuration)
        => MethodRegistry.Find(configuration.Method) is not { IsOfThePaper: false }
            && Setting(configuration, Experiments.Methods.Setting.Delta.Key) is null && Setting(configuration, Experiments.Methods.Setting.Average.Key) is null;

    private static IEnumerable<string> Methods(SweepResults sweep) => sweep.Configurations.Select(c => c.Method).Distinct();

    private static object? Setting(ConfigurationResult configuration, string name) => configuration.Cells[0].Cell.Settings.GetValueOrDefault(name);

    private static string LevelText() => string.Join(", ", Levels.Select(level => Num.Setting(100 * level))) + " %";

    private static ClaimRow Row(string key, string claim, string rule, string measured, bool? agrees) => new(
        key, claim, rule, agrees is null ? "" : measured, agrees is null ? Verdict.NotMeasured : agrees.Value ? Verdict.Agrees : Verdict.DoesNotAgree);
}
