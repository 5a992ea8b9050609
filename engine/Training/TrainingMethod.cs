using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A way to train: one call of Step is one iteration and returns everything observed. It moves the parameters w, holds its
/// own state (moments, ...), which a checkpoint saves, and owns the functions that it was given.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class TrainingMethod<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A method on a risk, starting from given parameters.</summary>
    /// <param name="risk">R; the method disposes of it.</param>
    /// <param name="parameters">w [N_P]; the method updates it in place and leaves it to its owner.</param>
    /// <param name="constraints">The constraints of a sample whose medians travel with <see cref="Scalars"/>.</param>
    protected TrainingMethod(Risk<T> risk, Tensor<T> parameters, int constraints = 0)
    {
        Guard.Equal(parameters.Count, risk.ParameterCount, "the parameters of a training method");
        (Risk, Parameters) = (risk, parameters);
        Memory = new Workspace<T>(Device);
        Memory.Own(risk);
        Gradient = Memory.Zeros(risk.ParameterCount);
        Scalars = Memory.Own(StepScalars.Create(Device, constraints));
    }

    /// <summary>The name that reports use, such as "soft-adam".</summary>
    public abstract string Name { get; }

    /// <summary>R.</summary>
    public Risk<T> Risk { get; }

    /// <summary>w [N_P].</summary>
    public Tensor<T> Parameters { get; }

    /// <summary>Where the method computes.</summary>
    public ComputeDevice<T> Device => Risk.Device;

    /// <summary>The number of steps taken.</summary>
    public long Iteration { get; private set; }

    /// <summary>Samples of a minibatch; 0 where the risk depends on w alone.</summary>
    public int BatchSamples => Risk.Samples;

    /// <summary>Samples of an active set; 0 where the method wants none.</summary>
    public virtual int ActiveSamples => 0;

    /// <summary>Whether the next step takes an active set.</summary>
    public virtual bool WantsActiveSet => ActiveSamples > 0;

    /// <summary>Vectors beside w that the next step depends on, by name.</summary>
    public virtual IReadOnlyList<(string Name, Tensor<T> Vector)> State => [];

    /// <summary>Everything that is given back with the method.</summary>
    protected Workspace<T> Memory { get; }

    /// <summary>dR/dw, and what a method adds to it.</summary>
    protected Tensor<T> Gradient { get; }

    /// <summary>The numbers of the step on their way from the device to the host.</summary>
    protected StepScalars Scalars { get; }

    /// <summary>Takes one step.</summary>
    /// <param name="batch">The labelled minibatch, <see cref="BatchSamples"/> of them.</param>
    /// <param name="activeSet">The active samples, absent where <see cref="WantsActiveSet"/> is false.</param>
    /// <param name="cancellation">Looked at within long solves.</param>
    /// <exception cref="NonFiniteStepException">
    /// A NaN or an infinity turned up. Found in the loss, the penalty, the constraints or the gradient, w and the state keep their values
    /// from before the step. Found in the step itself, those of a hard method do too, and a soft method has spoilt both: the
    /// last checkpoint is where to go on.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled within the step; w and the state are as before it, as after whatever a risk or a constraint throws.</exception>
    /// <exception cref="UnconvergedStepException">A system was not solved, and the method stops then.</exception>
    public StepReport Step(Batch<T> batch, Batch<T>? activeSet = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        Guard.Equal(batch.Count, BatchSamples, $"{Name}: the minibatch");
        if (WantsActiveSet) Guard.Equal(activeSet?.Count ?? 0, ActiveSamples, $"{Name}: the active set");
        cancellation.ThrowIfCancellationRequested();
        var iteration = Iteration + 1;
        var report = StepAt(iteration, batch, activeSet ?? default, cancellation) with { Seconds = clock.Elapsed.TotalSeconds };
        Iteration = iteration;
        return report;
    }

    /// <summary>Continues behind a number of steps; the caller has restored w and <see cref="State"/>.</summary>
    public void ResumeAt(long iteration)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(iteration);
        Iteration = iteration;
        Restored();
    }

    /// <summary>Gives back everything but w.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees <see cref="Memory"/>; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Memory.Dispose();
    }

    /// <summary><see cref="State"/> was written by somebody else: what the host remembers of it may be out of date.</summary>
    protected virtual void Restored()
    {
    }

    /// <summary>The step itself.</summary>
    protected abstract StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation);

    /// <summary>
    /// Work that may be recorded: moves to w, writes dR/dw into <see cref="Gradient"/> and 2 R into <see cref="Scalars"/>.
    /// </summary>
    protected void DifferentiateRisk(Batch<T> batch)
    {
        EvaluateRisk(batch);
        Risk.Gradient(Gradient);
    }

    /// <summary>The part of it up to 2 R.</summary>
    protected void EvaluateRisk(Batch<T> batch)
    {
        Risk.MoveTo(Parameters, batch);
        Risk.Value(Scalars.On(StepScalar.Risk));
    }

    /// <summary>R as <see cref="DifferentiateRisk"/> left it.</summary>
    /// <exception cref="NonFiniteStepException">It is not finite.</exception>
    protected double FiniteLoss(long iteration)
    {
        var loss = Scalars[StepScalar.Risk] / 2;
        return double.IsFinite(loss) ? loss : throw new NonFiniteStepException(iteration, Describe(Parameters, "the loss"));
    }

    /// <summary>The norm of a vector of length N_P whose square is among the numbers of the step.</summary>
    /// <exception cref="NonFiniteStepException">It is not finite.</exception>
    protected double FiniteNorm(long iteration, StepScalar square, Tensor<T> vector, string quantity)
    {
        var norm = Math.Sqrt(Scalars[square]);
        return double.IsFinite(norm) ? norm : throw new NonFiniteStepException(iteration, Describe(vector, quantity));
    }

    private string Describe(Tensor<T> vector, string quantity)
        => Risk.FindNonFinite(vector) is { } tensor ? $"{quantity}, tensor {tensor}," : quantity;
}
