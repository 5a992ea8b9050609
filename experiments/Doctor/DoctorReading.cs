namespace PoseEngine.Experiments.Doctor;

/// <summary>A suspicion why constraints do not hold, with what was measured and the rule that judges it.</summary>
/// <param name="State">"yes", "open" where it holds in part, or "no".</param>
internal sealed record Suspicion(string Text, string Measured, string Rule, string State)
{
    public string Verdict => State switch { "yes" => "holds", "open" => "in part", "no" => "does not hold", _ => "not measured" };

    public static Suspicion Judge(string text, string measured, string rule, double value, double most, double least)
        => new(text, measured, rule, !double.IsFinite(value) ? "" : value > most ? "yes" : value > least ? "open" : "no");
}

/// <summary>What the figures say, in sentences.</summary>
internal static class DoctorReading
{
    public static IReadOnlyList<Suspicion> Suspicions(ModelDiagnosis model)
    {
        var (rows, hard, forgetting) = (model.Rows, model.Trial(StepKind.Hard).Whole, model.Forgetting[0]);
        var missing = rows.Count - rows.Zero.Count - rows.Spectrum.Rank;
        var gained = (rows.MedianViolation - hard.Actual) / (rows.MedianViolation - hard.Predicted);
        var forgotten = forgetting.Matrix.ForgottenShare;
        var spoilt = (hard.Others.Error / model.Start.Error) - 1;
        return
        [
            new(
                "The linearized constraints are dependent (section 6).",
                $"{Rows(rows.Count)} of rank {rows.Spectrum.Rank}{(rows.Zero.Count > 0 ? $", {rows.Zero.Count} of them without a gradient" : "")}; effective rank {Num.Short(rows.Spectrum.EffectiveRank)}, of the rows brought to one length {Num.Short(rows.UnitRank)}."
                + (rows.ContradictionShare > 0 ? $" {Percent(rows.ContradictionShare)} of C lies where no step reaches it: rows contradict each other." : " No row contradicts others."),
                "Holds where the rank is below the rows that have a gradient, or rows contradict; in part where the effective rank is below a quarter of the rows.",
                missing > 0 || rows.ContradictionShare > 0 ? "yes" : rows.Spectrum.EffectiveRank < rows.Count / 4.0 ? "open" : "no"),
            Suspicion.Judge(
                "A hard step reaches beyond its linearization.",
                $"The step of Eq. 5 promises its active set a median |C| of {Violation(hard.Predicted)} and leaves {Violation(hard.Actual)}, from {Violation(rows.MedianViolation)}: {Percent(gained)} of the change that was promised.",
                "Holds where less than half of the promised change comes, in part where less than nine tenths do.",
                1 - gained, .5, .1),
            Suspicion.Judge(
                "Steps forget the constraints of earlier active sets (section 6.1).",
                forgetting.Matrix.Steps < 2 ? "One step has no others." :
                $"A hard step changes the median |C| of its own set by {Signed(forgetting.Matrix.Own)}, of the set before by {Signed(forgetting.Matrix.Previous)}, of all earlier ones by {Signed(forgetting.Matrix.Earlier)}, of sets not looked at yet by {Signed(forgetting.Matrix.Unseen)}. Of what a step won on its own set the next one loses {Percent(forgetting.Matrix.LostAtOnceShare)}; at the end {Percent(forgotten)} are lost.",
                "Holds where the next step loses more than half, in part where it loses more than a tenth.",
                forgetting.Matrix.LostAtOnceShare, .5, .1),
            Suspicion.Judge(
                "A hard step spoils what it does not look at.",
                $"One step takes the error of held-back samples from {Error(model.Start.Error)} to {Error(hard.Others.Error)}, {forgetting.Matrix.Steps} steps take it to {Error(forgetting.Others[^1].Error)}; the gradient alone leaves {Error(model.Trial(StepKind.Gradient).Whole.Others.Error)}. {Percent(model.Trial(StepKind.Hard).SpanShare)} of the step's square is the shortest correction of C.",
                "Holds where one step raises the error by more than a tenth, in part from a fiftieth on.",
                spoilt, .1, .02),
        ];
    }

    /// <summary>The worst of them: those that hold, or else those that hold in part.</summary>
    public static IEnumerable<string> Headline(IReadOnlyList<Suspicion> all)
    {
        var state = all.Any(s => s.State == "yes") ? "yes" : "open";
        Suspicion[] told = [.. all.Where(s => s.State == state)];
        return told.Length == 0 ? ["None of the suspicions holds on this active set."] : told.Select(s => $"{s.Text[..^1]}: {s.Verdict}. {s.Measured}");
    }

    /// <summary>What helps, as far as it was measured.</summary>
    public static IEnumerable<string> Remedies(ModelDiagnosis model)
    {
        var hard = model.Forgetting[0];
        foreach (var other in model.Forgetting.Skip(1))
        {
            var (own, of) = (other.Matrix, other.Kind.Key == StepKind.DampedKey ? $"Damping ({other.Kind.Title.Split(", ")[1]})" : "Soft steps, for comparison");
            yield return $"{of}: a step changes its own set by {Signed(own.Own)} ({Signed(hard.Matrix.Own)} hard), earlier ones by {Signed(own.Earlier)} ({Signed(hard.Matrix.Earlier)}); after {own.Steps} steps held-back samples have {Error(other.Others[^1].Error)} error and a median |C| of {Violation(other.Others[^1].Violation)} ({Error(hard.Others[^1].Error)} and {Violation(hard.Others[^1].Violation)} hard, {Error(model.Start.Error)} and {Violation(model.Start.Violation)} before).";
        }
        var (whole, shorter) = (model.Trial(StepKind.Hard).Whole, Shorter(model));
        yield return $"Shorter steps: {Share(shorter.Length)} of the hard step leaves its set {Violation(shorter.Actual)} and held-back samples {Error(shorter.Others.Error)} error, the whole one {Violation(whole.Actual)} and {Error(whole.Others.Error)}{(Damped(model) is { } damped ? $", the damped one {Violation(damped.Actual)} and {Error(damped.Others.Error)}" : "")}.";
        yield return "Fewer rows: each row is one more direction in which the weights must move, and every other output moves along; a smaller `--active`, or constraints that say the same left out, makes the step shorter.";
        yield return model.Projected is not { } projected
            ? "Projection at the output, which needs no step in w, is not to be had for these constraints: it can move the outputs of single samples alone."
            : $"Projection at the output (`evaluate --project`, or the word `project` at the end of the network): held-back samples have {Error(projected.Error)} error ({Error(model.Start.Error)} before) and |C| of {Violation(projected.Largest)} at the most, on images never seen, and no step in w has to remember it.{(projected.Failed == 0 ? "" : $" {projected.Failed} of them found no nearest point and stay as they are.")}";
    }

    public static string Violation(double value) => MetricColumns.Violation.WithUnit(value);

    public static string Error(double value) => MetricColumns.Error.WithUnit(value);

    /// <summary>A change of a violation, with its sign.</summary>
    public static string Signed(double value) => !double.IsFinite(value) ? Num.Missing : $"{(value < 0 ? "−" : "+")}{MetricColumns.Violation.WithUnit(Math.Abs(value))}";

    public static string Percent(double share) => double.IsFinite(share) ? $"{Num.Fixed(100 * share, Math.Abs(share) < .1 ? 1 : 0)} %".Replace('-', '−') : Num.Missing;

    /// <summary>"1/4" of a step.</summary>
    public static string Share(double length) => length == 1 ? "1" : $"1/{Num.Setting(1 / length)}";

    private static TrialPoint? Damped(ModelDiagnosis model) => model.Trials.FirstOrDefault(trial => trial.Kind.Key == StepKind.DampedKey)?.Whole;

    /// <summary>The part of the hard step that leaves about what the damped one does, or the half.</summary>
    private static TrialPoint Shorter(ModelDiagnosis model)
    {
        var points = model.Trial(StepKind.Hard).Points;
        return Damped(model) is { } damped && double.IsFinite(damped.Actual) ? points.Skip(1).MinBy(point => Math.Abs(point.Actual - damped.Actual)) : points[1];
    }

    private static string Rows(int count) => count == 1 ? "1 row" : $"{count:N0} rows";
}
