using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings that all hard methods have.</summary>
/// <param name="Eta">The weight of the identity, or of the metric, in the KKT system.</param>
public abstract record HardOptions(double Eta)
{
    /// <summary>How eta changes from iteration to iteration: it is divided by the schedule's factor.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>When a Krylov solve ends.</summary>
    public KrylovOptions Krylov { get; init; } = new();

    /// <summary>What becomes of a step whose system was not solved.</summary>
    public UnconvergedPolicy Unconverged { get; init; } = UnconvergedPolicy.Take;

    /// <summary>
    /// delta, the relative damping of the KKT system: d = delta times the mean diagonal of A H^-1 A^T stands in its second block,
    /// see <see cref="KktSystem{T}.Damping"/>. 0 is the method as printed, and growing delta the way to a soft constraint.
    /// </summary>
    public double Delta { get; init; }

    /// <summary>Whether delta follows what the constraints do, by <see cref="DampingRule"/>; <see cref="Delta"/> is what it begins with.</summary>
    public bool AdaptsDelta { get; init; }

    /// <summary>
    /// Whether a step is taken back behind which the merit of <see cref="StepOutcome"/> is worse on the step's own samples or, where
    /// delta adapts, ||C|| is. That costs a forward pass of each function. Hard-LM does so by a rule of its own.
    /// </summary>
    public bool Rejects { get; init; }
}

/// <summary>
/// A method whose step solves a KKT system on an active set. The solution is the one of minimum length where constraints
/// are dependent, and of least squares where they contradict; damped it is the only one. What H and the gradient are is for
/// the methods to say.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class HardMethod<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly HardOptions _options;
    private readonly ActiveViolation<T> _violation;
    private readonly Tensor<T> _multipliers;
    private readonly StepPiece<T> _differentiate;
    private readonly IRecording _measure;
    private readonly IRecording _move;
    private readonly StepTrial<T>? _trial;
    private readonly StepPiece<T>? _try;
    private readonly HeldNumber<T>? _delta;

    /// <summary>A hard method.</summary>
    /// <param name="name">Its name, which recordings carry too.</param>
    /// <param name="risk">R.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">Its settings.</param>
    /// <exception cref="ArgumentException">
    /// Risk and constraint have different numbers of parameters, or the schedule comes to 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, delta is negative, or it adapts and is 0.</exception>
    protected HardMethod(string name, Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, HardOptions options)
        : base(Checked(name, risk, constraint, options), parameters, constraint.RowsPerSample)
    {
        (Name, Constraint, _options) = (name, Memory.Own(constraint), options);
        _violation = new ActiveViolation<T>(Device, constraint, Scalars);
        var rows = constraint.RowCount;
        RightHandSide = Memory.Zeros(risk.ParameterCount + rows);
        Solution = Memory.Zeros(risk.ParameterCount + rows);
        _multipliers = Memory.Zeros(rows);
        _differentiate = Piece("differentiate", Differentiate);
        _measure = Memory.Own(Device.Record($"{name}.measure", Measure));
        _move = Memory.Own(Device.Record($"{name}.move", () => Device.Vectors.Axpy(1, System.Step(Solution), Parameters)));
        Delta = options.Delta;
        if (options.AdaptsDelta) _delta = new HeldNumber<T>(Memory, options.Delta);
        State = _delta is null ? [("multipliers", _multipliers)] : [("multipliers", _multipliers), ("delta", _delta.Vector)];
        if (!options.Rejects && !options.AdaptsDelta) return;
        _trial = Memory.Own(new StepTrial<T>(Device, constraint, parameters, Scalars));
        _try = Piece("try", Try);
    }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <inheritdoc/>
    public sealed override int ActiveSamples => Constraint.Samples;

    /// <summary>The multipliers Lambda of the last step, which a checkpoint keeps for inspection, and the method's own.</summary>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>The KKT system.</summary>
    protected abstract KktSystem<T> System { get; }

    /// <summary>delta of the step.</summary>
    protected double Delta { get; private set; }

    /// <summary>Whether any step is damped.</summary>
    protected bool IsDamped => _options.Delta > 0;

    /// <summary>What eta is divided by in an iteration.</summary>
    protected double RateFactor(long iteration) => _options.Schedule.FactorAt(iteration);

    /// <summary>C on the active set, which a KKT system is made of.</summary>
    protected ConstraintFunction<T> Constraint { get; }

    /// <summary>(-g, -C), or what a method makes of it.</summary>
    protected Tensor<T> RightHandSide { get; }

    /// <summary>(dw, Lambda).</summary>
    protected Tensor<T> Solution { get; }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        _trial?.Begin();
        if (_delta is not null) Delta = _delta.Value;
        Prepare(iteration);
        try
        {
            _differentiate.Run(batch, activeSet);
            HasStep = BeginSolve(cancellation);
            if (HasStep) _measure.Run();
            Scalars.Take();
            if (HasStep) AwaitSolve();
            Scalars.Await();
            var report = Started(iteration);
            var solve = Solve(batch, activeSet, cancellation);
            if (solve.Exit == SolveExit.Stopped) cancellation.ThrowIfCancellationRequested();
            report = Finish(Measured(report, solve), batch, activeSet);
            Device.Vectors.Copy(System.Multipliers(Solution), _multipliers);
            return report;
        }
        catch
        {
            Undo();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Restored() => _delta?.Forget();

    /// <summary>What the host does before the device begins: numbers of this step, and what <see cref="Undo"/> will want.</summary>
    protected virtual void Prepare(long iteration)
    {
    }

    /// <summary>
    /// Writes <see cref="RightHandSide"/> behind gradient and constraints, and what else the solve needs; part of a
    /// recording. <see cref="Solution"/> may serve as scratch.
    /// </summary>
    protected virtual void FormSystem() => System.RightHandSide(Gradient, RightHandSide);

    /// <summary>
    /// Gives the usual course of the solve to the device ahead of the host's look at the numbers of the step, so that both cost one
    /// wait; <see cref="Solve"/> decides by them whether that was all. False where the host takes part in solves.
    /// </summary>
    protected virtual bool BeginSolve(CancellationToken cancellation) => false;

    /// <summary>Waits for the solve that <see cref="BeginSolve"/> gave to the device, for methods whose solves may take long.</summary>
    protected virtual void AwaitSolve()
    {
    }

    /// <summary>
    /// Whether <see cref="Solution"/> was measured before <see cref="Solve"/> and that left it as it was; a solve that did more says no.
    /// </summary>
    protected bool HasStep { get; set; }

    /// <summary>Solves the system into <see cref="Solution"/>.</summary>
    protected abstract KktReport Solve(Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation);

    /// <summary>
    /// Takes back what a step changes beside <see cref="Solution"/>, after something in it threw or it was refused. What this
    /// restores was kept by <see cref="Prepare"/>.
    /// </summary>
    protected virtual void Undo() => _trial?.TakeBack();

    /// <summary>Writes twice what a model promises of R behind the step to <see cref="StepScalar.Promise"/>; part of a recording.</summary>
    protected virtual void PromiseRisk()
    {
    }

    /// <summary>Says whether a step that was tried is kept, for methods that reject or adapt.</summary>
    protected virtual StepReport Judge(StepReport report, StepOutcome outcome)
    {
        var isWorse = !(outcome.MeritAfter <= outcome.MeritBefore + Rounding(outcome.MeritBefore)) || report.ViolationRatio < 0;
        return report with { Accepted = !_options.Rejects || !isWorse };
    }

    /// <summary>What a merit differs by where nothing has changed.</summary>
    private protected static double Rounding(double merit) => 10 * KrylovDefaults.For<T>().Epsilon * merit;

    /// <summary>What is known of a step before its solve, all of it finite.</summary>
    private StepReport Started(long iteration) => new()
    {
        Iteration = iteration,
        Loss = FiniteLoss(iteration),
        GradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient"),
        ActiveViolation = _violation.Medians(iteration),
        StepNorm = 0,
        Delta = IsDamped ? Delta : null,
        Seconds = 0,
    };

    /// <summary>Moves w by the step, unless a look at it says otherwise.</summary>
    private StepReport Finish(StepReport report, Batch<T> batch, Batch<T> activeSet)
    {
        if (_trial is null)
        {
            _move.Run();
            return report;
        }
        var outcome = Outcome(report, batch, activeSet);
        if (_options.AdaptsDelta) report = report with { ViolationRatio = outcome.ViolationRatio(KrylovDefaults.For<T>().Epsilon) };
        report = Judge(report, outcome);
        if (!report.Accepted) Undo();
        if (_delta is not null) _delta.Value = DampingRule.Next(Delta, report.ViolationRatio);
        return report;
    }

    /// <summary>Tries the step: w is at w + dw behind this.</summary>
    private StepOutcome Outcome(StepReport report, Batch<T> batch, Batch<T> activeSet)
    {
        _trial!.Keep();
        _try!.Run(batch, activeSet);
        return _trial.Read(report.Loss, report.Solve?.Damping ?? 0);
    }

    /// <summary>
    /// What the linearization promises of R and C; then moves w and evaluates C there, and R where it is asked for; part of a recording.
    /// </summary>
    private void Try(Batch<T> batch, Batch<T> activeSet)
    {
        PromiseRisk();
        _trial!.Promise(System.Step(Solution), System.Multipliers(Solution));
        Device.Vectors.Axpy(1, System.Step(Solution), Parameters);
        if (_options.Rejects) EvaluateRisk(batch);
        Constraint.MoveTo(Parameters, activeSet);
        _trial.Arrive();
    }

    /// <summary>A piece of the step on both batches, recorded where risk and constraint allow it.</summary>
    private protected StepPiece<T> Piece(string name, Action<Batch<T>, Batch<T>> work)
        => Memory.Own(new StepPiece<T>(Device, $"{Name}.{name}", Risk.CanRecord && Constraint.CanRecord, work));

    /// <summary>dR/dw with the square of its norm among the numbers of the step; part of a recording.</summary>
    private protected void Differentiate(Batch<T> batch)
    {
        DifferentiateRisk(batch);
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
    }

    private void Differentiate(Batch<T> batch, Batch<T> activeSet)
    {
        Differentiate(batch);
        Constraint.MoveTo(Parameters, activeSet);
        _violation.Measure();
        FormSystem();
    }

    /// <summary>The risk, after a look at everything before memory is taken.</summary>
    private static Risk<T> Checked(string name, Risk<T> risk, ConstraintFunction<T> constraint, HardOptions options)
    {
        Guard.Equal(constraint.ParameterCount, risk.ParameterCount, "the parameters of the constraint");
        Guard.Positive(options.Eta, "eta");
        Guard.NotNegative(options.Delta, "delta");
        if (options.AdaptsDelta) Guard.Positive(options.Delta, "the delta with which an adaptive one begins");
        return options.Schedule.IsPositive ? risk : throw new ArgumentException(
            $"{name}: eta is divided by the factors of the schedule {options.Schedule}, which come to 0; take one that ends above, such as cosine:1000:0.01", nameof(options));
    }

    /// <summary>How much of a solver's step is taken.</summary>
    /// <exception cref="UnconvergedStepException">The system was not solved, and the method stops then.</exception>
    private double ShareOf(long iteration, KktReport solve)
    {
        if (solve.IsConverged || _options.Unconverged == UnconvergedPolicy.Take) return 1;
        if (_options.Unconverged == UnconvergedPolicy.Stop) throw new UnconvergedStepException(iteration, solve);
        var share = 1 - (solve.ResidualNorm / solve.RightHandSideNorm);
        // Norms that say nothing, such as 0 / 0, are no reason to move.
        return share >= 0 ? share : 0;
    }

    /// <summary>Shortens a step where that is wanted, and reports what can be said of it.</summary>
    private StepReport Measured(StepReport report, KktReport solve)
    {
        var iteration = report.Iteration;
        if (solve.Exit == SolveExit.NotFinite) throw new NonFiniteStepException(iteration, $"the hard step ({solve.Explanation})");
        var share = ShareOf(iteration, solve);
        if (share < 1) Device.Vectors.Scale(share, System.Step(Solution), System.Step(Solution));
        if (!HasStep || share < 1)
        {
            _measure.Run();
            Scalars.Read();
        }
        return report with
        {
            StepNorm = FiniteNorm(iteration, StepScalar.Step, System.Step(Solution), $"the hard step (solver: {solve.Explanation})"),
            MultiplierNorm = Math.Sqrt(Scalars[StepScalar.Multipliers]),
            Solve = solve,
            StepShare = share,
            SolveSeconds = solve.Elapsed.TotalSeconds,
        };
    }

    private void Measure()
    {
        var (step, multipliers) = (System.Step(Solution), System.Multipliers(Solution));
        Device.Vectors.Dot(step, step, Scalars.On(StepScalar.Step));
        Device.Vectors.Dot(multipliers, multipliers, Scalars.On(StepScalar.Multipliers));
    }
}
