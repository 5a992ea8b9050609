namespace PoseEngine.Experiments.Doctor;

/// <summary>A constraint function with the steps out of it, and the gradient of the risk beside it.</summary>
internal sealed class ActivePoint<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly Risk<T> _risk;
    private readonly BatchLoader<T> _active, _labelled;
    private readonly int[] _batch;

    /// <param name="samples">Samples of an active set.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    public ActivePoint(ComputeDevice<T> device, ProblemParts<T> parts, Problem problem, int samples, int batch)
    {
        _memory = new Workspace<T>(device);
        _constraint = _memory.Own(new OutputConstraintFunction<T>(parts.Network, parts.Constraint, samples));
        _risk = _memory.Own(parts.Risk(batch));
        _active = _memory.Own(new BatchLoader<T>(device, problem.Data.Constrained.Source, samples));
        _labelled = _memory.Own(new BatchLoader<T>(device, problem.Data.Labelled.Source, batch));
        _batch = new int[batch];
        Steps = _memory.Own(new ShortestStep<T>(device, _constraint));
    }

    /// <summary>The steps at the point of the last move.</summary>
    public ShortestStep<T> Steps { get; }

    /// <summary>Moves both to w, the gradient on the next minibatch, and forms S.</summary>
    public void MoveTo(Tensor<T> w, int[] active, MinibatchSampler<T> batches, Tensor<T> gradient, CancellationToken token)
    {
        batches.Next(_batch);
        _risk.MoveTo(w, _labelled.Load(_batch));
        _risk.Gradient(gradient);
        _constraint.MoveTo(w, _active.Load(active));
        Steps.Form(token);
    }

    public void Dispose() => _memory.Dispose();
}
