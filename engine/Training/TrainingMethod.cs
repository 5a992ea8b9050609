using System.Diagnostics;
using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A way to train: one call of Step is one iteration and returns everything observed. It holds the
/// parameters and its own state (moments, ...), which a checkpoint saves.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _batch;
    private readonly Linearization<T> _linearization;

    /// <summary>A method on a network, starting from given parameters.</summary>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w [N_P]; the method updates it in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    protected TrainingMethod(Network<T> network, Tensor<T> parameters, int batch)
    {
        Guard.Equal(parameters.Count, network.ParameterCount, "the parameters of a training method");
        Guard.Positive(batch, "the minibatch");
        (Network, Parameters, _batch) = (network, parameters, batch);
        Gradient = Device.Zeros(network.ParameterCount);
        Scalars = StepScalars.Create(Device);
        _linearization = network.CreateLinearization(batch);
        Residual = new Residual<T>(_linearization);
    }

    /// <summary>The name that the command line uses, such as "soft-adam".</summary>
    public abstract string Name { get; }

    /// <summary>phi.</summary>
    public Network<T> Network { get; }

    /// <summary>w [N_P].</summary>
    public Tensor<T> Parameters { get; }

    /// <summary>The number of steps taken.</summary>
    public long Iteration { get; private set; }

    /// <summary>Samples of an active set; 0 where the method wants none.</summary>
    public virtual int ActiveSamples => 0;

    /// <summary>Whether the next step takes an active set.</summary>
    public virtual bool WantsActiveSet => ActiveSamples > 0;

    /// <summary>Vectors beside w that the next step depends on, by name.</summary>
    public virtual IReadOnlyList<(string Name, Tensor<T> Vector)> State => [];

    /// <summary>Where the method computes.</summary>
    protected ComputeDevice<T> Device => Network.Device;

    /// <summary>dR/dw, and what a method adds to it.</summary>
    protected Tensor<T> Gradient { get; }

    /// <summary>r of the minibatch.</summary>
    protected Residual<T> Residual { get; }

    /// <summary>The numbers of the step on their way from the device to the host.</summary>
    protected StepScalars Scalars { get; }

    /// <summary>Takes one step.</summary>
    /// <param name="batch">The labelled minibatch.</param>
    /// <param name="activeSet">The active samples, absent where <see cref="WantsActiveSet"/> is false.</param>
    /// <exception cref="NonFiniteStepException">
    /// A NaN or an infinity turned up. Found in the loss, the constraints or the gradient, everything keeps its value from
    /// before the step. Found in the step itself, a hard method keeps w, but Hard-Adam's moments have moved, and a soft
    /// method has spoilt both: the last checkpoint is where to go on.
    /// </exception>
    public StepReport Step(Batch<T> batch, Batch<T>? activeSet)
    {
        var clock = Stopwatch.StartNew();
        Guard.Equal(batch.Count, _batch, $"{Name}: the minibatch");
        if (WantsActiveSet) Guard.Equal(activeSet?.Count ?? 0, ActiveSamples, $"{Name}: the active set");
        var iteration = Iteration + 1;
        var report = StepAt(iteration, batch, activeSet ?? default) with { Seconds = clock.Elapsed.TotalSeconds };
        Iteration = iteration;
        return report;
    }

    /// <summary>Continues behind a number of steps; the caller has restored w and <see cref="State"/>.</summary>
    public void ResumeAt(long iteration)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(iteration);
        Iteration = iteration;
    }

    /// <summary>The step itself.</summary>
    protected abstract StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet);

    /// <summary>
    /// Work that may be recorded: moves to w, writes dR/dw into <see cref="Gradient"/> and ||r||^2 into
    /// <see cref="Scalars"/>.
    /// </summary>
    protected void DifferentiateLoss(Batch<T> batch)
    {
        EvaluateLoss(batch);
        Residual.Lop(Residual.Value, Gradient);
    }

    /// <summary>The part of it up to ||r||^2.</summary>
    protected void EvaluateLoss(Batch<T> batch)
    {
        _linearization.MoveTo(Parameters, batch.Inputs);
        Residual.Update(batch.Targets);
        Device.Vectors.Dot(Residual.Value, Residual.Value, Scalars.On(StepScalar.Residual));
    }

    /// <summary>R as <see cref="DifferentiateLoss"/> left it.</summary>
    /// <exception cref="NonFiniteStepException">It is not finite.</exception>
    protected double FiniteLoss(long iteration)
    {
        var loss = Scalars[StepScalar.Residual] / 2;
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
        => Network.FindNonFinite(vector) is { } tensor ? $"{quantity}, tensor {tensor}," : quantity;
}
