using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Adam's moments and its step along a gradient.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class AdamUpdate<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly AdamOptions _options;
    private readonly StepScalars _scalars;
    private readonly Tensor<T> _parameters;
    private readonly Tensor<T> _gradient;
    private readonly Workspace<T> _memory;
    private readonly Tensor<T> _m;
    private readonly Tensor<T> _v;
    private readonly Tensor<double> _settings;

    /// <summary>Moments of zero.</summary>
    /// <param name="device">Where the vectors are.</param>
    /// <param name="options">Rate and decays.</param>
    /// <param name="parameters">w, moved in place.</param>
    /// <param name="gradient">g.</param>
    /// <param name="scalars">What must be finite for a step, and where the square of its norm goes.</param>
    public AdamUpdate(ComputeDevice<T> device, AdamOptions options, Tensor<T> parameters, Tensor<T> gradient, StepScalars scalars)
    {
        (_device, _options, _parameters, _gradient, _scalars) = (device, options, parameters, gradient, scalars);
        _memory = new Workspace<T>(device);
        (_m, _v) = (_memory.Zeros(parameters.Count), _memory.Zeros(parameters.Count));
        _settings = _memory.Zeros<double>(new Shape(AdamStep.ScalarCount));
        State = [("adam.m", _m), ("adam.v", _v)];
    }

    /// <summary>The moments, by name.</summary>
    public IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>Sends the numbers of a step.</summary>
    public void Prepare(long iteration)
    {
        var rate = _options.Rate * _options.Schedule.FactorAt(iteration);
        _device.Optimizers.PrepareAdam(new AdamStep(rate, _options.Beta1, _options.Beta2, _options.Epsilon, iteration), _settings);
    }

    /// <summary>Moves the moments and w where all watched numbers are finite; part of a recording.</summary>
    public void Move() => _device.Optimizers.Adam(
        _settings, _scalars.Watched, _gradient, _m, _v, _parameters, _scalars.On(StepScalar.Step));

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();
}
