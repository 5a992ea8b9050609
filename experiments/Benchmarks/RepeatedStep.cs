using System.Numerics;
using PoseEngine.Experiments.Runs;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The first step of a method, again and again: a path of steps would measure another system each time.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class RepeatedStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostPreparations = 10_000;

    private readonly TrainingMethod<T> _method;
    private readonly Tensor<T> _start;
    private readonly Batch<T> _minibatch;
    private readonly Batch<T> _active;
    private bool _prepares;

    /// <summary>A method's step from given parameters.</summary>
    /// <param name="settings">The method.</param>
    /// <param name="network">phi.</param>
    /// <param name="start">w [N_P] before each step.</param>
    /// <param name="minibatch">The labelled samples.</param>
    /// <param name="active">The samples under constraints; their number must be that of the settings.</param>
    public RepeatedStep(MethodSettings settings, Network<T> network, Tensor<T> start, Batch<T> minibatch, Batch<T> active)
    {
        (_start, _minibatch, _active) = (start, minibatch, active);
        _prepares = settings.IsHard;
        _method = MethodFactory.Create(settings, network, network.Device.Zeros(start.Count), minibatch.Count);
    }

    /// <summary>
    /// Takes the step. A hard method may begin with steps that solve nothing, in which it gathers what it needs: the first
    /// call takes them too, so it must not be measured.
    /// </summary>
    public StepReport Take()
    {
        var report = Once();
        for (var i = 1; _prepares && report.Solve is null && i < MostPreparations; i++) report = Once();
        _prepares = false;
        return report;
    }

    private StepReport Once()
    {
        _method.Network.Device.Vectors.Copy(_start, _method.Parameters);
        return _method.Step(_minibatch, _active);
    }
}
