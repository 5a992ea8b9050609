using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A method whose step solves a KKT system on an active set. The solution is the one of minimum length where constraints
/// are dependent, and of least squares where they contradict. What H and the gradient are is for the methods to say.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class HardMethod<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T> _multipliers;
    private readonly StepPiece<T> _differentiate;
    private readonly IRecording _measure;
    private readonly IRecording _move;

    /// <summary>A hard method.</summary>
    /// <param name="name">Its name, which recordings carry too.</param>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="constraint">C_j.</param>
    /// <param name="activeSamples">Samples of an active set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of active samples is not above 0.</exception>
    protected HardMethod(
        string name, Network<T> network, Tensor<T> parameters, int batch, IOutputConstraint<T> constraint, int activeSamples)
        : base(network, parameters, batch)
    {
        Guard.Positive(activeSamples, "the active set");
        (Name, ActiveSamples) = (name, activeSamples);
        Active = new ConstraintEvaluation<T>(network, constraint, activeSamples);
        var rows = Active.Function.RowCount;
        RightHandSide = Device.Zeros(network.ParameterCount + rows);
        Solution = Device.Zeros(network.ParameterCount + rows);
        _multipliers = Device.Zeros(rows);
        _differentiate = new StepPiece<T>(Device, $"{name}.differentiate", Active.Function.CanRecord, Differentiate);
        _measure = Device.Record($"{name}.measure", Measure);
        _move = Device.Record($"{name}.move", () => Device.Vectors.Axpy(1, System.Step(Solution), Parameters));
        State = [("multipliers", _multipliers)];
    }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <inheritdoc/>
    public sealed override int ActiveSamples { get; }

    /// <summary>The multipliers Lambda of the last step, which a checkpoint keeps for inspection, and the method's own.</summary>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>The KKT system.</summary>
    protected abstract KktSystem<T> System { get; }

    /// <summary>C on the active set, which a KKT system is made of.</summary>
    protected ConstraintFunction<T> Constraint => Active.Function;

    /// <summary>The same with the numbers that reports want.</summary>
    private protected ConstraintEvaluation<T> Active { get; }

    /// <summary>(-g, -C), or what a method makes of it.</summary>
    protected Tensor<T> RightHandSide { get; }

    /// <summary>(dw, Lambda).</summary>
    protected Tensor<T> Solution { get; }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet)
    {
        Prepare(iteration);
        _differentiate.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        var violation = Active.Medians(iteration);
        var solve = Solve(batch, activeSet);
        if (solve.Exit == SolveExit.NotFinite) throw new NonFiniteStepException(iteration, $"the hard step ({solve.Explanation})");
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
    protected abstract KktReport Solve(Batch<T> batch, Batch<T> activeSet);

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

    private void Differentiate(Batch<T> batch, Batch<T> activeSet)
    {
        DifferentiateRisk(batch);
        Active.MoveTo(Parameters, activeSet);
        FormSystem();
    }

    /// <summary>dR/dw with the square of its norm among the numbers of the step; part of a recording.</summary>
    private protected void DifferentiateRisk(Batch<T> batch)
    {
        DifferentiateLoss(batch);
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
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
