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
}

/// <summary>
/// A method whose step solves a KKT system on an active set. The solution is the one of minimum length where constraints
/// are dependent, and of least squares where they contradict. What H and the gradient are is for the methods to say.
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

    /// <summary>A hard method.</summary>
    /// <param name="name">Its name, which recordings carry too.</param>
    /// <param name="risk">R.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">Its settings.</param>
    /// <exception cref="ArgumentException">
    /// Risk and constraint have different numbers of parameters, or the schedule comes to 0.
    /// </exception>
    protected HardMethod(string name, Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, HardOptions options)
        : base(risk, parameters)
    {
        Guard.Equal(constraint.ParameterCount, risk.ParameterCount, "the parameters of the constraint");
        if (!options.Schedule.IsPositive)
        {
            throw new ArgumentException($"{name}: eta is divided by the factors of the schedule {options.Schedule}, which come to 0; take one that ends above, such as cosine:1000:0.01", nameof(options));
        }
        (Name, Constraint, _options) = (name, Memory.Own(constraint), options);
        _violation = new ActiveViolation<T>(constraint);
        var rows = constraint.RowCount;
        RightHandSide = Memory.Zeros(risk.ParameterCount + rows);
        Solution = Memory.Zeros(risk.ParameterCount + rows);
        _multipliers = Memory.Zeros(rows);
        _differentiate = Piece("differentiate", Differentiate);
        _measure = Memory.Own(Device.Record($"{name}.measure", Measure));
        _move = Memory.Own(Device.Record($"{name}.move", () => Device.Vectors.Axpy(1, System.Step(Solution), Parameters)));
        State = [("multipliers", _multipliers)];
    }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <inheritdoc/>
    public sealed override int ActiveSamples => Constraint.Samples;

    /// <summary>The multipliers Lambda of the last step, which a checkpoint keeps for inspection, and the method's own.</summary>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>The KKT system.</summary>
    protected abstract KktSystem<T> System { get; }

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
        Prepare(iteration);
        _differentiate.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        var violation = _violation.Medians(iteration);
        var solve = Solve(batch, activeSet, cancellation);
        if (solve.Exit == SolveExit.Stopped)
        {
            Undo();
            cancellation.ThrowIfCancellationRequested();
        }
        if (solve.Exit == SolveExit.NotFinite) throw new NonFiniteStepException(iteration, $"the hard step ({solve.Explanation})");
        var share = ShareOf(iteration, solve);
        if (share < 1) Device.Vectors.Scale(share, System.Step(Solution), System.Step(Solution));
        _measure.Run();
        Scalars.Read();
        var stepNorm = FiniteNorm(
            iteration, StepScalar.Step, System.Step(Solution), $"the hard step (solver: {solve.Explanation})");
        var report = new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            ActiveViolation = violation,
            GradientNorm = gradientNorm,
            StepNorm = stepNorm,
            MultiplierNorm = Math.Sqrt(Scalars[StepScalar.Multipliers]),
            Solve = solve,
            StepShare = share,
            SolveSeconds = solve.Elapsed.TotalSeconds,
            Seconds = 0,
        };
        return Finish(report, batch, activeSet);
    }

    /// <summary>What the host does before the device begins: numbers of this step.</summary>
    protected virtual void Prepare(long iteration)
    {
    }

    /// <summary>
    /// Writes <see cref="RightHandSide"/> behind gradient and constraints, and what else the solve needs; part of a
    /// recording. <see cref="Solution"/> may serve as scratch.
    /// </summary>
    protected virtual void FormSystem() => System.RightHandSide(Gradient, RightHandSide);

    /// <summary>Solves the system into <see cref="Solution"/>.</summary>
    protected abstract KktReport Solve(Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation);

    /// <summary>Takes back what a step has changed beside <see cref="Solution"/> before its solve was broken off.</summary>
    protected virtual void Undo()
    {
    }

    /// <summary>Makes the first part of <see cref="Solution"/> the step dw where it is another unknown; part of a recording.</summary>
    protected virtual void FormStep()
    {
    }

    /// <summary>Moves w by the step, unless the method thinks better of it.</summary>
    protected virtual StepReport Finish(StepReport report, Batch<T> batch, Batch<T> activeSet)
    {
        Move();
        return report;
    }

    /// <summary>w = w + dw.</summary>
    protected void Move() => _move.Run();

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
        FormSystem();
    }

    /// <summary>How much of a solver's step is taken.</summary>
    /// <exception cref="UnconvergedStepException">The system was not solved, and the method stops then.</exception>
    private double ShareOf(long iteration, KktReport solve)
    {
        if (solve.IsConverged || _options.Unconverged == UnconvergedPolicy.Take) return 1;
        if (_options.Unconverged == UnconvergedPolicy.Shorten) return Math.Max(1 - (solve.ResidualNorm / solve.RightHandSideNorm), 0);
        Undo();
        throw new UnconvergedStepException(iteration, solve);
    }

    private void Measure()
    {
        FormStep();
        var (step, multipliers) = (System.Step(Solution), System.Multipliers(Solution));
        Device.Vectors.Dot(step, step, Scalars.On(StepScalar.Step));
        Device.Vectors.Dot(multipliers, multipliers, Scalars.On(StepScalar.Multipliers));
        Device.Vectors.Copy(multipliers, _multipliers);
    }
}
