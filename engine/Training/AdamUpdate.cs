using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Adam's moments and its step along a gradient, in one recording.</summary>
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
    private readonly Tensor<T> _step;
    private readonly Tensor<double> _settings;
    private readonly IRecording _update;

    /// <summary>Moments of zero.</summary>
    /// <param name="device">Where the vectors are.</param>
    /// <param name="name">Whose step it is, for profilers.</param>
    /// <param name="options">Rate and decays.</param>
    /// <param name="parameters">w, moved in place.</param>
    /// <param name="gradient">g.</param>
    /// <param name="scalars">Where the square of the step's norm goes.</param>
    public AdamUpdate(ComputeDevice<T> device, string name, AdamOptions options, Tensor<T> parameters, Tensor<T> gradient, StepScalars scalars)
    {
        (_device, _options, _parameters, _gradient, _scalars) = (device, options, parameters, gradient, scalars);
        _memory = new Workspace<T>(device);
        (_m, _v, _step) = (_memory.Zeros(parameters.Count), _memory.Zeros(parameters.Count), _memory.Zeros(parameters.Count));
        _settings = _memory.Zeros<double>(new Shape(AdamStep.ScalarCount));
        _update = _memory.Own(device.Record($"{name}.update", Move));
        State = [("adam.m", _m), ("adam.v", _v)];
    }

    /// <summary>The moments, by name.</summary>
    public IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>Moves w and returns the norm of the step.</summary>
    public double Step(long iteration)
    {
        var settings = new AdamStep(_options.Rate * _options.Schedule.FactorAt(iteration), _options.Beta1, _options.Beta2, _options.Epsilon, iteration);
        _device.Optimizers.PrepareAdam(settings, _settings);
        _update.Run();
        _scalars.Read();
        return Math.Sqrt(_scalars[StepScalar.Step]);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    private void Move()
    {
        var vectors = _device.Vectors;
        vectors.Copy(_parameters, _step);
        _device.Optimizers.Adam(_settings, _gradient, _m, _v, _parameters);
        vectors.Axpy(-1, _parameters, _step);
        vectors.Dot(_step, _step, _scalars.On(StepScalar.Step));
    }
}
