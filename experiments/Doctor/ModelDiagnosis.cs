namespace PoseEngine.Experiments.Doctor;

/// <summary>All that the doctor found out about a model. Violations and errors are in the unit of the problem, the spectrum in that of training.</summary>
/// <param name="Name">The model's file without its ending.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Trained">How it was trained, or "" where its file does not say.</param>
/// <param name="Notes">What should be known of it, such as other constraints than the problem's.</param>
/// <param name="Start">Error and violation of the held-back samples before any step.</param>
/// <param name="Projected">The same with their outputs projected, or null where the constraints are none of single samples.</param>
internal sealed record ModelDiagnosis(
    string Name, string Path, string Trained, IReadOnlyList<string> Notes, RowDiagnosis Rows, Elsewhere Start, ProjectedModel? Projected,
    IReadOnlyList<StepTrial> Trials, IReadOnlyList<Forgetting> Forgetting, double Seconds)
{
    public StepTrial Trial(StepKind kind) => Trials.First(trial => trial.Kind == kind);
}

/// <summary>The rows of an active set.</summary>
/// <param name="Samples">Samples of the active set.</param>
/// <param name="Names">A row's sample and constraint.</param>
/// <param name="MedianViolation">The median of |C| over the rows.</param>
/// <param name="UnitRank">The effective rank of the rows brought to one length: what their angles leave.</param>
/// <param name="Zero">Rows without a gradient.</param>
/// <param name="Pairs">The most parallel ones.</param>
/// <param name="Kinds">How parallel rows of one sample, of one constraint, and others are.</param>
/// <param name="ContradictionShare">The norm of the part of C outside the range of S over that of C; 0 where it is rounding.</param>
/// <param name="Contradictory">The rows with most of it.</param>
internal sealed record RowDiagnosis(
    int Samples, IReadOnlyList<string> Names, double MedianViolation, GramDiagnosis Spectrum, GramDiagnosis Unit, IReadOnlyList<int> Zero,
    IReadOnlyList<RowPair> Pairs, IReadOnlyList<(string Kind, PairSpread Spread)> Kinds, double ContradictionShare, IReadOnlyList<int> Contradictory)
{
    public int Count => Names.Count;

    public double UnitRank => Unit.EffectiveRank;
}

/// <summary>What held-back samples have of a model: error and median |C|.</summary>
internal readonly record struct Elsewhere(double Error, double Violation);

/// <summary>What projection makes of the held-back samples.</summary>
/// <param name="Largest">The largest |C| of those that were projected.</param>
/// <param name="Failed">How many were not.</param>
internal sealed record ProjectedModel(double Error, double Largest, long Failed)
{
    public static ProjectedModel? Of(Measured? held)
        => held?.Projected is null ? null : new(held.Value("projectedError"), held.Value("projectedMaxViolation"), held.Projection.Failed);
}

/// <summary>A step tried at several lengths.</summary>
/// <param name="Norm">||dw|| of the whole step.</param>
/// <param name="SpanShare">The share of its square that lies in the span of the rows, see <see cref="StepPromise"/>.</param>
internal sealed record StepTrial(StepKind Kind, double Norm, double SpanShare, IReadOnlyList<TrialPoint> Points)
{
    public TrialPoint Whole => Points[0];
}

/// <summary>A step of some length: the median |C| of the active set as the linearization promises it and as it is, and what held-back samples have.</summary>
internal readonly record struct TrialPoint(double Length, double Predicted, double Actual, Elsewhere Others);

/// <summary>The forgetting matrix of a kind of step, and the held-back samples before the first step and behind each.</summary>
/// <param name="Samples">Samples of each step's set.</param>
internal sealed record Forgetting(StepKind Kind, int Samples, ForgettingMatrix Matrix, IReadOnlyList<Elsewhere> Others);
